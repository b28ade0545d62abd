//! The portal as a browser sees it.
