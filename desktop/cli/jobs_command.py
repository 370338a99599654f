"""`chancery jobs`: signing jobs on this computer, carrying on one that was cut short, giving one up."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import change_commands as changes
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    listed = make("list", "list the jobs of a network")
    options.add_profile(listed)
    options.add_passphrase(listed)
    options.finish(listed, run_list, "jobs list --profile profile.cenv")
    resume = make("resume", "carry on a job from the step that was stored last")
    resume.add_argument("job", metavar="JOB", help="name of the job, as the list gives it")
    options.add_rpc(resume)
    options.add_profile(resume)
    options.add_passphrase(resume)
    resume.add_argument("--signer", metavar="URL", help="signer, where the job is not yet signed")
    options.add_approve_debug(resume)
    resume.add_argument(
        "--raise-fee", metavar="WEI", type=types.within(0, 10**30), help="sign again with this fee a unit of gas"
    )
    resume.add_argument("--out", type=types.path, metavar="FILE", help="where to write the evidence")
    options.add_force(resume)
    options.finish(
        resume, run_resume, "jobs resume 6741f0a2-1b2c3d4e --rpc http://127.0.0.1:8545 --profile profile.cenv"
    )

    dropped = make("drop", "give up a job, where its act can no longer take effect")
    dropped.add_argument("job", metavar="JOB", help="name of the job, as the list gives it")
    options.add_rpc(dropped)
    options.add_profile(dropped)
    options.add_passphrase(dropped)
    options.finish(dropped, run_drop, "jobs drop 6741f0a2-1b2c3d4e --rpc http://127.0.0.1:8545 --profile profile.cenv")


def run_list(given: Any, console: Console) -> int:
    """List the jobs."""
    from desktop.services import data_folder, job_format
    from desktop.services.loaded_profile import load_profile
    from desktop.services.workspace import Workspace

    profile = load_profile(given.profile, None).profile
    base = data_folder.base_folder(given.home)
    with Workspace.open(
        base, profile.environment, profile.genesis_hash, passphrase_fd=given.passphrase_fd
    ) as workspace:
        jobs = [job_format.decode(row.body) for row in workspace.store.jobs()]
    lines = [f"{job.identifier}  {job.state.value:<9} {job.code or '':<20} {job.title}" for job in jobs]
    value = [{"job": job.identifier, "state": job.state.value, "code": job.code, "title": job.title} for job in jobs]
    console.result(lines or ["There are no jobs."], {"ok": True, "jobs": value})
    return exit_status.DONE


def run_resume(given: Any, console: Console) -> int:
    """Carry a job on."""
    from desktop.cli.sign_command import demand_evidence_place, report
    from desktop.services import governing, signing

    demand_evidence_place(given)
    with resolve.open_session(given, console) as session:
        done = signing.resume(session, given.job, resolve.desk(given, console), raise_fee=given.raise_fee)
        outcome = governing.outcome_of(session, done)
        if outcome is not None:
            return changes.report(session, outcome, console, more={"job": done.job.identifier})
    return report(done, given, console)


def run_drop(given: Any, console: Console) -> int:
    """Give a job up."""
    from desktop.services import job_dropping

    with resolve.open_session(given, console) as session:
        job = job_dropping.drop(session, given.job)
    value = {"ok": True, "job": job.identifier, "state": job.state.value, "code": job.code}
    console.result([f"Given up: {job.identifier}  {job.title}"], value)
    return exit_status.DONE
