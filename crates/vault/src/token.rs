//! Token: 256 random bits for a cookie or a link, kept as a hash.
