//! The key that signs checkpoints: in the data directory, for whoever serves it.

use crate::serve::Failed;
use journal::SigningKey;
use std::path::Path;

/// Its file.
pub const KEY: &str = "journal.key";

/// The key that signs checkpoints; made at the first start, never printed.
pub fn key(data: &Path) -> Result<SigningKey, Failed> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let path = data.join(KEY);
    let unusable = |why: String| Failed::Key { path: path.display().to_string(), why };
    match std::fs::read(&path) {
        Ok(bytes) => SigningKey::from_file_bytes(&bytes).map_err(|error| unusable(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|error| unusable(error.to_string()))?;
            let mut name = [0; 8];
            getrandom::fill(&mut name).map_err(|error| unusable(error.to_string()))?;
            let origin = format!("portreeve.local/{:016x}", u64::from_be_bytes(name));
            let key = SigningKey::generate(&origin, seed).map_err(|error| unusable(error.to_string()))?;
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .map_err(|error| unusable(error.to_string()))?;
            file.write_all(&key.to_file_bytes()).map_err(|error| unusable(error.to_string()))?;
            file.sync_all().map_err(|error| unusable(error.to_string()))?;
            Ok(key)
        }
        Err(error) => Err(unusable(error.to_string())),
    }
}
