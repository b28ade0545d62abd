//! The words of what is refused of brackets and groups, by code.

use crate::table::{Entry, entry};

pub const TIED: &[Entry] = &[
    entry(
        "what_if_not_built",
        "the guard would let it pass, and this venue has no model here that could say what it would tie up",
        "Send it without whatIf, or ask at the venue itself.",
    ),
    entry(
        "what_if_not_answered",
        "the venue did not say in time what the order would do; none was made of the question",
        "Ask again.",
    ),
    entry(
        "what_if_made_an_order",
        "the venue has made an order of a preview: it was cancelled, and no more previews are asked for until the next start",
        "Look at what the venue has filled, and report it to whoever runs the venue.",
    ),
    entry(
        "parent_not_waiting",
        "no order of yet unsent ones has the number of this order's parent",
        "Send the parent first, with transmit off, and its children within five seconds.",
    ),
    entry("family_broken", "another part of this bracket was refused", "Send all of it again, with new numbers."),
    entry(
        "child_does_not_close",
        "a child is on the other side of its parent, no larger, and its parent opens or adds to a position",
        "Send it as an order by itself.",
    ),
    entry("group_of_a_child", "the children of one order are a group already", "Leave the group out."),
    entry(
        "approval_not_in_a_group",
        "it is above the approval threshold, and part of a bracket or a group",
        "Send less, or send it by itself.",
    ),
    entry(
        "parked_order_not_changed",
        "it waits for the rest of its bracket, and is not changed meanwhile",
        "Cancel it, and send another.",
    ),
];
