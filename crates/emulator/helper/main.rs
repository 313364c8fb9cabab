//! The sandboxes' helper subcommands, for this crate's tests only.

fn main() -> anyhow::Result<()> {
    sandbox::helper::run()
}
