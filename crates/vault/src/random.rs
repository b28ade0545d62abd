//! Random: bytes that nobody can guess, from the system, wiped when they are no longer held.

use zeroize::Zeroizing;

/// The system gave no random bytes; whatever needed them was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers, so no secret can be made")]
pub struct NoRandomness;

pub fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, NoRandomness> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
