//! Walks around the guard: each is a way in which a program could try to get past it.

mod around;
mod defects;
mod families;
mod late;
mod strain;
