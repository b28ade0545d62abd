//! Hasher: Argon2id in a bounded pool that refuses rather than queues.
