//! Giving up root for good.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use rustix::{
    io::Errno,
    process::{Signal, set_parent_process_death_signal},
    thread::{
        CapabilitySet, CapabilitySets, capability_is_in_bounding_set,
        remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
    },
};

use crate::stage::become_tenant;

/// Becomes a tenant, without any way back.
pub(crate) fn give_up(tenant: u32) -> anyhow::Result<()> {
    give_terminal(tenant);
    empty_bounding_set().context("leave the capabilities of programs")?;
    become_tenant(tenant)?;
    keep(CapabilitySet::empty()).context("leave all capabilities")?;
    set_no_new_privs(true).context("refuse privileges of programs")?;
    // changing the user forgets it: after that
    set_parent_process_death_signal(Some(Signal::KILL)).context("end with the supervisor")
}

/// Keeps only these of the capabilities that this process has.
pub(crate) fn keep(kept: CapabilitySet) -> rustix::io::Result<()> {
    let sets = CapabilitySets {
        effective: kept,
        permitted: kept,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, sets)
}

fn empty_bounding_set() -> rustix::io::Result<()> {
    for number in 0..u64::BITS {
        let one = CapabilitySet::from_bits_retain(1 << number);
        match capability_is_in_bounding_set(one) {
            Ok(true) => remove_capability_from_bounding_set(one)?,
            Ok(false) => {}
            // this kernel has no more
            Err(Errno::INVAL) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Lets the tenant open its terminal by name, as `login` does.
fn give_terminal(tenant: u32) {
    let input = std::io::stdin();
    if input.is_terminal() {
        let owner = rustix::process::Uid::from_raw(tenant);
        rustix::fs::fchown(&input, Some(owner), None).ok(); // it is open, which is enough for most
    }
}
