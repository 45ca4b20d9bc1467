/// The text that is searched for, as it is compared; `None` if there is none.
pub(crate) fn sought(typed: Option<&str>) -> Option<String> {
    let typed = typed?.trim();
    (!typed.is_empty()).then(|| typed.to_lowercase())
}
