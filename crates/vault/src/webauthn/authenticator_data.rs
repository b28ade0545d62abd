//! What the authenticator says: parsed to the exact end, then held to what was asked (WA-04, WA-05, WA-11).

use super::cbor::Reader;
use super::public_key::{BadCose, PublicKey};
use super::refusal::NotProven;
use super::relying_party::RelyingParty;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

/// WA-06.
pub(super) const MOST_CREDENTIAL_ID: usize = 1023;

#[derive(Debug)]
pub(super) struct AuthenticatorData {
    rp_id_hash: [u8; 32],
    flags: u8,
    pub(super) sign_count: u32,
    pub(super) attested: Option<Attested>,
}

/// The new credential, there at registration only.
#[derive(Debug)]
pub(super) struct Attested {
    pub(super) aaguid: [u8; 16],
    pub(super) credential_id: Vec<u8>,
    pub(super) public_key: PublicKey,
}

impl AuthenticatorData {
    pub(super) fn parse(bytes: &[u8]) -> Result<AuthenticatorData, NotProven> {
        const MALFORMED: NotProven = NotProven::Malformed("authenticator data");
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(MALFORMED)?;
        let ([flags], rest) = rest.split_first_chunk::<1>().ok_or(MALFORMED)?;
        let (count, mut rest) = rest.split_first_chunk::<4>().ok_or(MALFORMED)?;
        let mut attested = None;
        if flags & ATTESTED != 0 {
            let (credential, behind) = Attested::parse(rest)?;
            attested = Some(credential);
            rest = behind;
        }
        if flags & EXTENSIONS != 0 {
            // Asked for or not, extensions are let pass; but they must be one whole map.
            let mut reader = Reader::new(rest);
            Reader::new(rest).map().ok_or(MALFORMED)?;
            reader.skip().ok_or(MALFORMED)?;
            rest = reader.rest();
        }
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        let sign_count = u32::from_be_bytes(*count);
        Ok(AuthenticatorData { rp_id_hash: *rp_id_hash, flags: *flags, sign_count, attested })
    }

    pub(super) fn backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    pub(super) fn backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }

    /// For this relying party, with the user present and verified, and the backup flags possible.
    pub(super) fn check(&self, party: &RelyingParty) -> Result<(), NotProven> {
        if self.rp_id_hash != *party.id_hash() {
            return Err(NotProven::WrongRelyingParty);
        }
        if self.flags & USER_PRESENT == 0 {
            return Err(NotProven::NotPresent);
        }
        if self.flags & USER_VERIFIED == 0 {
            return Err(NotProven::NotVerified);
        }
        if self.backed_up() && !self.backup_eligible() {
            return Err(NotProven::BackupFlags);
        }
        Ok(())
    }
}

impl Attested {
    fn parse(bytes: &[u8]) -> Result<(Attested, &[u8]), NotProven> {
        const MALFORMED: NotProven = NotProven::Malformed("attested credential");
        let (aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(MALFORMED)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(MALFORMED)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 || length > MOST_CREDENTIAL_ID {
            return Err(MALFORMED);
        }
        let (credential_id, rest) = rest.split_at_checked(length).ok_or(MALFORMED)?;
        let mut reader = Reader::new(rest);
        let public_key = PublicKey::read_cose(&mut reader).map_err(|bad| match bad {
            BadCose::Malformed => MALFORMED,
            BadCose::NotOffered => NotProven::AlgorithmNotOffered,
            BadCose::Key => NotProven::BadKey,
        })?;
        Ok((Attested { aaguid: *aaguid, credential_id: credential_id.to_vec(), public_key }, reader.rest()))
    }
}
