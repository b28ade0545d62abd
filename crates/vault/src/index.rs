//! Index: the blind key under which a name is looked up without being stored.
