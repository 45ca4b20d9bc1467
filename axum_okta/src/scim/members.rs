//! Changes of who is in a group. They are applied to the memberships that are stored, whatever they
//! are, so that of pushes in parallel none undoes another.

use std::collections::BTreeSet;

use scim_v2::filter::{AttrExp, CompValue, CompareOp, PatchPath, ValFilter};
use serde_json::Value;

use super::{
    ScimError, attributes,
    patch::{Op, Operation},
};
use crate::store::{Change, StoreError};

/// More than Okta changes at once. Each few thousand are a query, within one change.
const MAX_MEMBERS: usize = 100_000;

/// What becomes of the members of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct MembersChange {
    /// Whether those who were in it before are out, unless they are added.
    replaces: bool,
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
}

/// Whom a change concerned.
#[derive(Default)]
pub(super) struct Changed {
    pub(super) people: BTreeSet<String>,
    /// Those of them who were not in the group before.
    pub(super) added: BTreeSet<String>,
    /// Those of them who were.
    pub(super) removed: BTreeSet<String>,
    /// To be added, but there is nobody with this ID.
    pub(super) unknown: BTreeSet<String>,
}

impl MembersChange {
    /// These are the members, and nobody else.
    pub(super) fn replace_by(members: Value) -> Result<Self, ScimError> {
        Ok(Self {
            replaces: true,
            added: ids(members)?,
            removed: BTreeSet::new(),
        })
    }

    pub(super) fn is_none(&self) -> bool {
        !self.replaces && self.added.is_empty() && self.removed.is_empty()
    }

    /// Adds an operation on `members`, to be applied after those before.
    pub(super) fn then(&mut self, operation: Operation) -> Result<(), ScimError> {
        self.take(operation)?;
        check_count(self.added.len() + self.removed.len())
    }

    fn take(&mut self, operation: Operation) -> Result<(), ScimError> {
        let Operation { op, path, value } = operation;
        match (op, path) {
            (Op::Remove, PatchPath::Value(path)) if path.sub_attr.is_none() => {
                let ids = named(&path.filter).ok_or_else(|| {
                    ScimError::InvalidPath(format!("{path}: members are found by `value eq`"))
                })?;
                self.remove(ids);
            }
            (_, PatchPath::Value(path)) => {
                return Err(ScimError::Mutability(path.to_string()));
            }
            (_, PatchPath::Attr(path)) if path.sub_attr.is_some() => {
                return Err(ScimError::Mutability(path.to_string()));
            }
            (Op::Remove, _) => match value {
                None | Some(Value::Null) => *self = Self::replace_by(Value::Null)?,
                Some(members) => self.remove(ids(members)?),
            },
            (Op::Add, _) => {
                for id in ids(value.unwrap_or_default())? {
                    self.removed.remove(&id);
                    self.added.insert(id);
                }
            }
            (Op::Replace, _) => *self = Self::replace_by(value.unwrap_or_default())?,
        }
        Ok(())
    }

    fn remove(&mut self, ids: BTreeSet<String>) {
        for id in ids {
            self.added.remove(&id);
            self.removed.insert(id);
        }
    }

    pub(super) async fn apply(
        self,
        change: &mut Change<'_>,
        connection: &str,
        group: &str,
    ) -> Result<Changed, StoreError> {
        let known = change.known_people(connection, &self.added).await?;
        let unknown = self.added.difference(&known).cloned().collect();
        let (added, removed) = match self.replaces {
            true => {
                let before = change.scim_member_ids(connection, group).await?;
                let added = known.difference(&before).cloned().collect();
                (added, before.difference(&known).cloned().collect())
            }
            false => (known, self.removed),
        };
        let removed = change
            .remove_scim_members(connection, group, &removed)
            .await?;
        let added = change.add_scim_members(connection, group, &added).await?;
        Ok(Changed {
            people: added.union(&removed).cloned().collect(),
            added,
            removed,
            unknown,
        })
    }
}

fn check_count(members: usize) -> Result<(), ScimError> {
    match members > MAX_MEMBERS {
        true => Err(ScimError::InvalidValue(format!(
            "there are more than {MAX_MEMBERS} members; send them in steps"
        ))),
        false => Ok(()),
    }
}

/// The IDs in a list of members, or of one.
fn ids(members: Value) -> Result<BTreeSet<String>, ScimError> {
    let wrong = || ScimError::InvalidValue("members must be objects with a `value`".to_owned());
    let members = match members {
        Value::Null => Vec::new(),
        Value::Array(members) => members,
        member => vec![member],
    };
    let id = |member: Value| match member {
        Value::Object(member) => {
            let id = attributes::get(&member, "value").and_then(Value::as_str);
            id.map(str::to_owned).ok_or_else(wrong)
        }
        Value::String(id) => Ok(id),
        _ => Err(wrong()),
    };
    let ids: BTreeSet<String> = members.into_iter().map(id).collect::<Result<_, _>>()?;
    check_count(ids.len())?;
    Ok(ids)
}

/// The IDs that a filter names with `value eq`, one or several.
fn named(filter: &ValFilter) -> Option<BTreeSet<String>> {
    match filter {
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::Str(id)))
            if path.name.eq_ignore_ascii_case("value") =>
        {
            Some(BTreeSet::from([id.clone()]))
        }
        ValFilter::Or(filters) => {
            let named = filters.iter().map(named).collect::<Option<Vec<_>>>()?;
            Some(named.into_iter().flatten().collect())
        }
        _ => None,
    }
}
