//! tws
