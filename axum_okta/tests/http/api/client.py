"""Drives the JSON API through the client that was generated from its description. All that is sent and received goes
through generated types, so an answer that isn't as described doesn't parse."""

import sys
from http import HTTPStatus

from settings_client import AuthenticatedClient
from settings_client.api.admins import list_admins
from settings_client.api.audit_trail import get_audit
from settings_client.api.branding import get_branding, put_branding
from settings_client.api.connections import (
    change_connection,
    check_connection,
    delete_connection,
    get_connection,
    get_keys,
    list_connections,
    put_connection,
    rotate_key,
)
from settings_client.api.domains import claim_domain, list_domains, remove_domain, trust_domain
from settings_client.api.identity import get_identity
from settings_client.api.provisioning import (
    create_provisioning_token,
    delete_provisioning_token,
    get_provisioning,
    list_provisioning_requests,
)
from settings_client.api.roles import get_roles, put_roles
from settings_client.api.sessions import list_sessions
from settings_client.api.setup_links import create_setup_link, list_setup_links, revoke_setup_link
from settings_client.api.tokens import create_token_of_first, list_tokens_of_first
from settings_client.models import (
    AdminTokenForm,
    AuditEvent,
    Branding,
    CheckReport,
    Checks,
    ConnectionPatch,
    ConnectionSummary,
    FlatConnection,
    NestedConfig,
    NestedConnection,
    Outcome,
    ProblemBody,
    RoleRule,
    RoleTable,
    Rotation,
    SetupLinkForm,
)

url, token, issuer, client_id, client_secret = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True)
NAME = "gamma"


def done(response, status, kind=None):
    """What the response says, if it is what was expected."""
    assert response.status_code == status, (response.status_code, response.content)
    if kind is not None:
        assert isinstance(response.parsed, kind), response.parsed
    return response.parsed


def refused(response, status):
    problem = done(response, status, ProblemBody)
    assert problem.status == status and problem.title and problem.detail
    return problem


def form(**options):
    return FlatConnection(client_id=client_id, client_secret=client_secret, issuer=issuer, **options)


def connections():
    # Create, once.
    created = put_connection.sync_detailed(
        NAME, client=client, body=form(claims=["department"]), if_none_match="*", idempotency_key="create gamma"
    )
    report = done(created, HTTPStatus.OK, CheckReport)
    assert report.checks and all(check.outcome != Outcome.FAILED for check in report.checks)
    again = put_connection.sync_detailed(
        NAME, client=client, body=form(claims=["department"]), if_none_match="*", idempotency_key="create gamma"
    )
    done(again, HTTPStatus.OK, CheckReport)
    assert again.headers["Idempotency-Replayed"] == "true"
    refused(put_connection.sync_detailed(NAME, client=client, body=form(), if_none_match="*"), 412)

    # Read, and know the version.
    read = get_connection.sync_detailed(NAME, client=client)
    summary = done(read, HTTPStatus.OK, ConnectionSummary)
    assert (summary.name, summary.issuer, summary.claims) == (NAME, issuer, ["department"])
    version = read.headers["ETag"]
    assert version == created.headers["ETag"]
    done(get_connection.sync_detailed(NAME, client=client, if_none_match=version), HTTPStatus.NOT_MODIFIED)

    # Change that version, and no other.
    patch = ConnectionPatch.from_dict({"display_name": "Gamma Ltd", "claims": None})
    changed = change_connection.sync_detailed(NAME, client=client, body=patch, if_match=version)
    summary = done(changed, HTTPStatus.OK, ConnectionSummary)
    assert (summary.display_name, summary.claims) == ("Gamma Ltd", [])
    assert changed.headers["ETag"] != version
    refused(change_connection.sync_detailed(NAME, client=client, body=patch, if_match=version), 412)

    # The other shape, only checked.
    config = NestedConfig(client_id=client_id, client_secret="wrong", okta_account=issuer)
    nested = NestedConnection(config=config, name="Gamma Ltd")
    problem = refused(put_connection.sync_detailed(NAME, client=client, body=nested, check=Checks.ONLY), 422)
    assert [error.pointer for error in problem.errors] == ["/config/client_secret"], problem
    assert any(check.outcome == Outcome.FAILED for check in problem.checks)
    done(check_connection.sync_detailed(NAME, client=client), HTTPStatus.OK, CheckReport)

    # All of them, two at a time.
    names, after = [], None
    while True:
        page = done(list_connections.sync_detailed(client=client, limit=2, **({"after": after} if after else {})), 200)
        assert page.total == 4
        names += [found.name for found in page.connections]
        after = page.next_
        if after is None:
            break
    assert names == ["acme", "beta", NAME, "okta"], names


def what_it_has():
    roles = RoleTable(rules=[RoleRule(group="Engineering", role="editor")], default_role=None)
    done(put_roles.sync_detailed(NAME, client=client, body=roles), HTTPStatus.NO_CONTENT)
    assert done(get_roles.sync_detailed(NAME, client=client), HTTPStatus.OK, RoleTable) == roles
    assert done(list_admins.sync_detailed(NAME, client=client), HTTPStatus.OK) == []

    domain = done(claim_domain.sync_detailed(NAME, "gamma.example", client=client), HTTPStatus.OK)
    assert domain.verified_at is None
    done(trust_domain.sync_detailed(NAME, "gamma.example", client=client), HTTPStatus.NO_CONTENT)
    (domain,) = done(list_domains.sync_detailed(NAME, client=client), HTTPStatus.OK)
    assert domain.verified_at > 0
    done(remove_domain.sync_detailed(NAME, "gamma.example", client=client), HTTPStatus.NO_CONTENT)
    refused(remove_domain.sync_detailed(NAME, "gamma.example", client=client), 404)

    looks = Branding(name="Gamma Ltd", logo="", color="#b3261e", text="")
    done(put_branding.sync_detailed(NAME, client=client, body=looks), HTTPStatus.NO_CONTENT)
    assert done(get_branding.sync_detailed(NAME, client=client), HTTPStatus.OK, Branding) == looks
    refused(put_branding.sync_detailed(NAME, client=client, body=Branding(color="#ffcc00")), 422)

    link = SetupLinkForm(note="it@gamma.example", days=3)
    link = done(create_setup_link.sync_detailed(NAME, client=client, body=link), HTTPStatus.CREATED)
    assert link.address.startswith(f"{url}/login/setup?code=")
    (listed,) = done(list_setup_links.sync_detailed(NAME, client=client), HTTPStatus.OK)
    assert (listed.id, listed.note) == (link.id, "it@gamma.example")
    done(revoke_setup_link.sync_detailed(NAME, link.id, client=client), HTTPStatus.NO_CONTENT)

    scim = done(create_provisioning_token.sync_detailed(NAME, client=client), HTTPStatus.CREATED)
    state = done(get_provisioning.sync_detailed(NAME, client=client), HTTPStatus.OK)
    assert [token.id for token in state.tokens] == [scim.id]
    assert state.base_url == f"{url}/scim/v2/{NAME}"
    assert done(list_provisioning_requests.sync_detailed(NAME, client=client), HTTPStatus.OK).requests == []
    done(delete_provisioning_token.sync_detailed(NAME, scim.id, client=client), HTTPStatus.NO_CONTENT)

    keys = get_keys.sync_detailed(NAME, client=client).parsed["keys"]
    rotation = Rotation(kid=keys[0]["kid"])
    done(rotate_key.sync_detailed(NAME, client=client, body=rotation), HTTPStatus.NO_CONTENT)
    refused(rotate_key.sync_detailed(NAME, client=client, body=rotation), 409)


def the_whole_app():
    (listed,) = done(list_tokens_of_first.sync_detailed(client=client), HTTPStatus.OK).tokens
    assert listed.name == "A program" and listed.used_at is not None
    refused(create_token_of_first.sync_detailed(client=client, body=AdminTokenForm(name="Another")), 403)
    sessions = done(list_sessions.sync_detailed(client=client), HTTPStatus.OK).sessions
    assert [session.name for session in sessions] == ["Ada Lovelace"]
    refused(get_identity.sync_detailed(client=client), 401)
    page = done(get_audit.sync_detailed(client=client, event=AuditEvent.SETUP_LINK_MADE), HTTPStatus.OK)
    (entry,) = page.entries
    assert (entry.connection, entry.actor.kind, entry.actor.name) == (NAME, "token", "A program")
    stranger = AuthenticatedClient(base_url=url, token="axum_okta_invented")
    refused(list_connections.sync_detailed(client=stranger), 401)


connections()
what_it_has()
the_whole_app()
done(delete_connection.sync_detailed(NAME, client=client, if_match="*"), HTTPStatus.NO_CONTENT)
refused(get_connection.sync_detailed(NAME, client=client), 404)
