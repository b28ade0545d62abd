//! TOTP: RFC 6238 codes, each step used at most once.
