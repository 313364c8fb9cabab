//! What starts each sandbox, and its first program inside: small, as every instance holds one, and
//! of a large program the part that its loader writes to.

fn main() -> anyhow::Result<()> {
    sandbox::helper::run()
}
