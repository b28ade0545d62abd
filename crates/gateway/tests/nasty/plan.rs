//! What a seed decides: dice, and which faults a history has and how often.

/// The same numbers for the same seed, on every machine.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// So many times in a thousand.
    pub fn chance(&mut self, in_a_thousand: u64) -> bool {
        self.below(1_000) < in_a_thousand
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap();
        from.get(at)
    }
}

/// How often each fault comes, in a thousand of the messages (or of the steps) that it could come at.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    pub delay: u64,
    pub reorder: u64,
    pub repeat: u64,
    pub lie: u64,
    pub break_off: u64,
    pub stall: u64,
    /// Of completed orders that are asked for: not told.
    pub missing: u64,
    /// Of the ends of lists: told late, or not at all.
    pub ends: u64,
    /// Of the orders that the program places: a bracket.
    pub families: u64,
    /// Of connections that are opened: turned away, or left without a word.
    pub no_entry: u64,
    /// Of the program's steps: the process of the broker, and its own connection.
    pub restart: u64,
    pub cut_off: u64,
    pub crash: u64,
    pub manual: u64,
}

impl Weather {
    /// Each history has some of the faults, not all: so each is met alone and with others.
    pub fn of(dice: &mut Dice, later: &mut Dice) -> Self {
        let ends = if later.chance(400) { 350 } else { 0 };
        let families = if later.chance(500) { 300 } else { 0 };
        let mut some = |often: u64| if dice.chance(550) { often } else { 0 };
        Self {
            delay: some(300),
            reorder: some(250),
            repeat: some(200),
            lie: some(60),
            break_off: some(25),
            stall: some(30),
            missing: some(400),
            ends,
            families,
            no_entry: some(300),
            restart: some(25),
            cut_off: some(40),
            crash: some(30),
            manual: some(40),
        }
    }
}
