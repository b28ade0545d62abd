//! What was sealed and hashed once opens and matches for ever. The values were computed by another implementation
//! (Python's `cryptography`, `argon2-cffi` and `hmac`), so they hold the formats themselves and not only our habits.

use std::num::NonZeroUsize;
use vault::base64url;
use vault::codes::{CodeKey, DeviceCode, KeptDeviceCode, RecoveryCode};
use vault::hasher::{Hasher, Settings, Verdict};
use vault::index::{IndexKey, Name};
use vault::password::{Cost, Password, Pepper, Phc};
use vault::seal::{DataKey, Keyring};

/// The bytes 1 to 32.
const MASTER: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";
const MASTER_ID: &str = "27de0d9d8df8b73d";
/// The bytes 101 to 132, as the data key of `firm`.
const WRAPPED: &str = "AWsn3g2djfi3PQABAgMEBQYHCAkKCzS6kx9gHdPa9j4TBElC2D17orDuck6iALoKbLuJpnOr0mH7kJUzviaq95nRjTHP1g";
/// The row `mail/u1` of `firm`.
const ROW: &str = "AXIMDQ4PEBESExQVFhfRTbDL6X1y7XvXlfJ4FFK9o13Noyw-LQtT2-sQeGkgiQ";
const INDEX: &str = "b038da74c4fdf5b6ce10d805d92f7808ce6c4a3ed968ad5ae570648af33c354d";
const RECOVERY: &str = "727e63dd2e4d67488f5047e9c3a01df12f99f3aafacbc9eaf24c53a0db9383a6";
const DEVICE: &str = "ef9af565999847042dbfa413e5544771c6db1469d80c11dbcde798a1304ebfbf";
const PLAIN_PHC: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$oQ4VgwB/izxHXcf/Koti1Q4C+1iCp3Xp7QvWz7aSmUE";
const PEPPERED_PHC: &str = "$argon2id$v=19$m=19456,t=2,p=1,keyid=UZQsTUKGtmA$AAECAwQFBgcICQoLDA0ODw$sw6/A/0R7Ao0VVCLtks/v6pFdsKiLc2uPSf4xAq2f+I";
const PASSWORD: &str = "violet kazoo trellis";

fn firm() -> DataKey {
    let ring = Keyring::parse(MASTER).unwrap();
    assert_eq!(ring.current().to_string(), MASTER_ID);
    ring.unwrap("firm", &base64url::decode(WRAPPED, 4_096).unwrap()).unwrap()
}

#[test]
fn a_row_sealed_in_version_one_opens() {
    let row = base64url::decode(ROW, 4_096).unwrap();
    assert_eq!(*firm().open("mail/u1", &row).unwrap(), b"maya@example.com");
}

#[test]
fn a_name_is_found_under_its_first_index() {
    let index = IndexKey::of(&firm()).unwrap();
    assert_eq!(index.blind(&Name::parse("Maya@Example.com").unwrap()).to_string(), INDEX);
}

#[test]
fn codes_match_the_hashes_that_were_kept() {
    let key = CodeKey::of(&firm()).unwrap();
    let recovery = RecoveryCode::parse("0123-4567-89AB-CDEF-GHJK-1110").unwrap();
    assert_eq!(recovery.hash(&key, "u1").to_string(), RECOVERY);
    let KeptDeviceCode { hash, issued_at_ms } = DeviceCode::parse("CSQP-YRK1").unwrap().kept(&key, "d1", 7);
    assert_eq!((hash.to_string().as_str(), issued_at_ms), (DEVICE, 7));
}

#[tokio::test]
async fn passwords_match_the_hashes_that_were_kept() {
    let pepper = Pepper::of(&firm()).unwrap();
    let settings = Settings { threads: NonZeroUsize::MIN, cost: Cost::LEAST, pepper: Some(pepper) };
    let hasher = Hasher::start(settings).unwrap();
    for (text, rehash) in [(PLAIN_PHC, true), (PEPPERED_PHC, false)] {
        let phc = Phc::parse(text).unwrap();
        assert_eq!(*phc.text(), text);
        let verdict = async |typed| hasher.verify_or_pretend(Some(&phc), Password::offered(typed).unwrap()).await;
        assert_eq!(verdict(PASSWORD).await, Ok(Verdict::Right { rehash }));
        assert_eq!(verdict("violet kazoo trelliz").await, Ok(Verdict::Wrong));
    }
}
