"""`chancery registry`: puts a registry on a network or names one that stands there, shows it, consents to what is proposed on it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import adopt_command, exit_status, options, resolve
from desktop.cli import argument_types as types
from desktop.cli import change_commands as changes
from desktop.cli.console import Console
from desktop.errors import UsageError

if TYPE_CHECKING:
    from lightnode.wire.types import Address

WAYS = ("registry", "timestamp")


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    pack = make("pack", "draft the pack that lets signers create either registry, for governance to sign")
    options.add_profile(pack)
    options.add_out(pack, "the draft")
    options.add_term(pack, 180, 365)
    options.finish(pack, run_pack, "registry pack --profile profile.cenv --out pack.draft")
    adopt_command.add(
        make("adopt", "draft the profile that names a Timestamp registry which stands on the network already")
    )
    deploy = make("deploy", "create the registry, and draft the profile that names it")
    deploy.add_argument(
        "--way", choices=WAYS, default="registry", help="the act registry, or one like EBSI's Timestamp (registry)"
    )
    options.add_rpc(deploy)
    options.add_profile(deploy)
    options.add_signer(deploy)
    deploy.add_argument(
        "--member", action="append", default=[], metavar="KEY[=HOLDER]",
        help="member of governance (the key alone): LABEL on the signer, or ADDRESS, with a holder number where one "
        "person has several keys (counts up from 1); may be repeated",
    )  # fmt: skip
    deploy.add_argument("--threshold", type=types.within(1, 64), metavar="N", help="how many must agree (1)")
    options.add_root(deploy)
    options.add_passphrase(deploy)
    deploy.add_argument(
        "--out",
        type=types.path,
        metavar="FILE",
        help="where to write the draft of the new profile (beside the old one)",
    )
    options.add_force(deploy)
    options.add_term(deploy, 180, 365)
    options.finish(
        deploy, run_deploy,
        "registry deploy --rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --key governance-ledger --out profile2.draft\n"
        "  chancery registry deploy --rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --key governance-1 --member governance-1 --member governance-2 --threshold 2 --out profile2.draft",
    )  # fmt: skip
    _add_state(make)


def _add_state(make: Any) -> None:
    show = make("show", "show the registry: counts, log, governance; proven at the verified head")
    changes.add_ledger(show)
    changes.add_end(show)
    options.finish(show, run_show, "registry show --rpc http://127.0.0.1:8545 --profile profile.cenv")
    pending = make("changes", "list the changes that wait for consents, or show one, proven at the verified head")
    changes.add_ledger(pending)
    pending.add_argument("--change", type=types.within(1, 2**63), metavar="N", help="number of one change")
    changes.add_end(pending)
    options.finish(pending, run_changes, "registry changes --rpc http://127.0.0.1:8545 --profile profile.cenv")
    consent = make("consent", "consent to a proposed change; it takes effect where enough have consented")
    changes.add_change(consent)
    consent.add_argument("--change", required=True, type=types.within(1, 2**63), metavar="N", help="its number")
    changes.add_end(consent)
    options.finish(
        consent, run_consent,
        "registry consent --rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --key governance-2 --change 3",
    )  # fmt: skip


def run_pack(given: Any, console: Console) -> int:
    """Write the draft of the pack."""
    from desktop.services import deployment, envelope_files, statements
    from desktop.services.file_access import write_bytes
    from desktop.services.loaded_profile import load_profile

    profile = load_profile(given.profile, None).profile
    payload = statements.pack(
        profile.environment, profile.genesis_hash, deployment.creations(), resolve.read_term(given)
    )
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    value = {"ok": True, "out": str(given.out)}
    console.result(
        [f"Draft of the pack: {given.out}", "  next     have governance sign it: chancery envelope sign"], value
    )
    return exit_status.DONE


def run_deploy(given: Any, console: Console) -> int:
    """Create the registry and write the draft of the new profile."""
    from desktop.services import deployment, envelope_files, signing, statements
    from desktop.services.file_access import demand_place, write_bytes
    from desktop.services.file_kind import draft_of

    out = given.out or given.profile.parent / f"{given.profile.stem}-registry.draft"
    demand_place(out, draft_of("profile"), force=given.force)
    if given.way == "timestamp" and (given.member or given.threshold is not None):
        raise UsageError("Nobody governs a Timestamp registry; leave out --member and --threshold.")
    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        members: dict[Address, int] = {}
        if given.way == "timestamp":
            profile, address, done = deployment.deploy_timestamp(session, desk, given.key)
        else:
            sender = signing.sender_of(session, desk.signer, given.key)
            members = resolve.members(given.member, given.threshold or 1, desk.signer, sender.address)
            profile, address, done = deployment.deploy(session, desk, given.key, members, given.threshold or 1)
        payload = statements.profile(profile, resolve.read_term(given, after=session.loaded.serial))
    write_bytes(out, envelope_files.draft_bytes(payload), force=given.force)
    value = {
        "ok": True, "registry": "0x" + address.hex(), "block": done.job.place.height, "environment": profile.environment,
        "transaction": "0x" + done.job.place.transaction.hex(), "out": str(out), "threshold": (given.threshold or 1) if members else None,
        "members": [{"address": "0x" + who.hex(), "holder": holder} for who, holder in members.items()],
    }  # fmt: skip
    lines = [
        f"The {'Timestamp' if given.way == 'timestamp' else 'act'} registry stands at 0x{address.hex()} since block {value['block']}.",
        *(f"  member   0x{who.hex()}, holder {holder}" for who, holder in members.items()),
        *([f"  {given.threshold or 1} of {len(set(members.values()))} must agree"] if members else []),
        f"  draft of the profile that names it: {out}",
        "  next     have governance sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE


def run_show(given: Any, console: Console) -> int:
    """Show the registry."""
    from desktop.services import change_words, office_members
    from desktop.services.registry_view import RegistryView
    from lightnode.wire import registry_slots as slots

    with resolve.open_session(given, console) as session:
        view = RegistryView(session)
        counters, root, count = view.words([slots.COUNTERS, slots.LOG_ROOT, slots.CHANGE_COUNT])
        size, records = slots.unpack_counters(counters)
        members = office_members.members(session, view, view.governance())
    value = {
        "ok": True, "registry": "0x" + view.registry.hex(), "records": records, "changes": count, "log_size": size,
        "log_root": f"{root:064x}", "governance": change_words.members_json(members), **changes.head_json(view),
    }  # fmt: skip
    lines = [
        f"Act registry 0x{view.registry.hex()}",
        f"  {'records':<14} {records}",
        f"  {'changes':<14} {count} proposed so far",
        f"  {'log':<14} {size} entries, root {root:064x}",
        *change_words.members_lines(members),
        changes.head_line(view),
    ]
    console.result(lines, value)
    return exit_status.DONE


def run_changes(given: Any, console: Console) -> int:
    """List the changes that wait, or show one."""
    from desktop.services import change_words, office_members, pending_changes
    from desktop.services.registry_view import RegistryView

    with resolve.open_session(given, console) as session:
        view = RegistryView(session)
        if given.change is None:
            found = pending_changes.pending(session, view)
        else:
            found = [pending_changes.show(session, view, given.change)]
        lines, rows = [], []
        for change in found:
            members = office_members.members(session, view, change.office) if change.state == "proposed" else None
            may = [] if members is None else change_words.may_consent(change, members)
            word = change_words.operation_word(change.proposal.operation)
            lines += [f"Change {change.proposal.number}: {word}, {change.state}"]
            lines += change_words.change_lines(change, members)
            missing = 0 if members is None else max(members.missing, 0)
            rows.append({**change_words.change_json(change), "may_consent": may, "not_listed": missing})
    value = {"ok": True, "changes": rows, **changes.head_json(view)}
    console.result([*(lines or ["No change waits for consents."]), changes.head_line(view)], value)
    return exit_status.DONE


def run_consent(given: Any, console: Console) -> int:
    """Consent."""
    from desktop.services import governing, pending_changes
    from desktop.services.registry_view import RegistryView

    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        change = pending_changes.show(session, RegistryView(session), given.change)
        stored = governing.draft_consent(session, desk, given.key, change)
        changes.show_preview(session, stored, console)
        return changes.report(session, governing.settle(session, desk, stored), console)
