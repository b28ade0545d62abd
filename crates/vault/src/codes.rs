//! One-time codes: recovery codes and device codes, kept as hashes.
