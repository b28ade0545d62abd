//! The memory of one hashing thread: taken once, wiped after every hash.

use crate::password::Cost;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::{Zeroize, Zeroizing};

#[derive(Default)]
pub(super) struct Memory(Vec<Block>);

impl Memory {
    /// `None` only if the parameters were refused, which a `Cost` does not allow.
    pub(super) fn hash(&mut self, cost: Cost, salt: &[u8], input: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let mut output = Zeroizing::new([0; 32]);
        let params = Params::new(cost.memory_kib(), cost.passes(), cost.lanes(), Some(output.len())).ok()?;
        let blocks = params.block_count();
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        let memory = self.0.get_mut(..blocks)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let done = argon2.hash_password_into_with_memory(input, salt, output.as_mut_slice(), &mut *memory);
        // What is left in here would let passwords be tried without the cost of a whole hash.
        for block in memory {
            block.as_mut().zeroize();
        }
        done.ok()?;
        Some(output)
    }
}
