//! PATCH (RFC 7644 §3.5.2), as Okta and others send it.

mod apply;
mod parse;

use scim_v2::filter::{PatchPath, PatchValuePath};
use serde_json::Value;

use super::attributes::is_core;
use crate::store::Kind;

pub(super) use parse::parse;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Replace,
    Remove,
}

/// One change of one attribute.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) op: Op,
    pub(super) path: PatchPath,
    /// `None` for a removal without one.
    pub(super) value: Option<Value>,
}

impl Operation {
    /// Whether it is about this attribute of the core schema.
    pub(super) fn is_about(&self, kind: Kind, name: &str) -> bool {
        let (PatchPath::Attr(path) | PatchPath::Value(PatchValuePath { attr: path, .. })) =
            &self.path;
        is_core(kind, path) && path.name.eq_ignore_ascii_case(name)
    }

    /// Members are no attributes of a resource here.
    pub(super) fn is_about_members(&self, kind: Kind) -> bool {
        kind == Kind::Group && self.is_about(kind, "members")
    }
}
