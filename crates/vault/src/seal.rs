//! Sealing: secrets and personal data at rest, under a key that can live elsewhere and be rotated.
