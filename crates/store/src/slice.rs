//! A short scheduler slice for the commit thread, so that a sync does not wait for a whole tick.

/// 100 µs: on a busy machine a lone sync costs one slice of the neighbours, not the disk.
#[cfg(target_os = "linux")]
const SLICE_NS: u64 = 100_000;

/// Asks the kernel for a short slice for the calling thread; needs no privilege. True if the
/// kernel took it (Linux 6.12 and later), never an error: it is a matter of speed only.
#[cfg(target_os = "linux")]
pub fn short_slice() -> bool {
    let Some(mut attr) = kernel::get() else { return false };
    // A thread that was given a real-time class or batch on purpose keeps it.
    if attr.sched_policy != libc::SCHED_OTHER as u32 {
        return false;
    }
    attr.sched_runtime = SLICE_NS;
    // Older kernels accept the call and ignore the slice: only what is read back counts.
    kernel::set(&attr) && kernel::get().is_some_and(|now| now.sched_runtime == SLICE_NS)
}

/// Other systems have no such call.
#[cfg(not(target_os = "linux"))]
pub fn short_slice() -> bool {
    false
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod kernel {
    use libc::{SYS_sched_getattr, SYS_sched_setattr, sched_attr, syscall};

    const SIZE: u32 = size_of::<sched_attr>() as u32;
    const THIS_THREAD: libc::pid_t = 0;
    const NO_FLAGS: libc::c_uint = 0;

    pub(super) fn get() -> Option<sched_attr> {
        let mut attr = sched_attr {
            size: SIZE,
            sched_policy: 0,
            sched_flags: 0,
            sched_nice: 0,
            sched_priority: 0,
            sched_runtime: 0,
            sched_deadline: 0,
            sched_period: 0,
        };
        // SAFETY: the kernel writes at most SIZE bytes to `attr`, which is that large, lives
        // through the call and has no invalid bit patterns.
        let rc = unsafe { syscall(SYS_sched_getattr, THIS_THREAD, &raw mut attr, SIZE, NO_FLAGS) };
        (rc == 0).then_some(attr)
    }

    pub(super) fn set(attr: &sched_attr) -> bool {
        // SAFETY: the kernel only reads `attr.size` bytes from `attr`; `get` has set the size to
        // that of the struct or less.
        let rc = unsafe { syscall(SYS_sched_setattr, THIS_THREAD, core::ptr::from_ref(attr), NO_FLAGS) };
        rc == 0
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn asking_twice_gives_the_same_answer_and_other_threads_are_left_alone() {
        let ask = || (super::short_slice(), super::short_slice());
        let (first, second) = std::thread::spawn(ask).join().unwrap_or((true, false));
        assert_eq!(first, second);
    }
}
