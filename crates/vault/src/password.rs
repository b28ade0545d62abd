//! Password: what is accepted as one, and its Argon2id hash.
