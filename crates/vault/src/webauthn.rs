//! WebAuthn: passkeys and security keys, registered and asserted.
