//! What the vault does with good and bad proof.
