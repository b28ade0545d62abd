//! The words of what is refused of journals, checkpoints, approvals and dossiers as files, by code.

use crate::table::{Entry, entry};

pub const FILES: &[Entry] = &[
    entry(
        "journal_broken",
        "the journal is broken: {what}",
        "Keep this data directory as it is, and compare it with a copy and a checkpoint kept elsewhere.",
    ),
    entry(
        "journal_not_found",
        "there is no journal at {path}",
        "Say --data DIR, or start a server there: portreeve serve.",
    ),
    entry(
        "checkpoint_not_valid",
        "{file} is no checkpoint of this journal: {why}",
        "Give a checkpoint that this journal's key has signed.",
    ),
    entry(
        "approval_not_valid",
        "{file} is no valid approval: {why}",
        "Do not rely on it; ask for it again from the journal: portreeve approval show ID --file FILE.",
    ),
    entry(
        "approval_not_signed",
        "there is no file of approval {id}: {why}",
        "See what became of it: portreeve diagnose ID.",
    ),
    entry(
        "dossier_broken",
        "the dossier does not hold: {what}",
        "Do not rely on it; ask for it again from the journal: portreeve dossier export.",
    ),
    entry(
        "dossier_nothing",
        "the journal holds nothing of the {subject}",
        "Look for the id or the time in it: portreeve journal tail.",
    ),
    entry(
        "dossier_not_made",
        "no dossier can be made: {why}",
        "Ask for less: one order, one approval, a shorter period.",
    ),
];
