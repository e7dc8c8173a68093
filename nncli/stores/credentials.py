"""Who we are to a store: what its own tools would find in the environment, or nobody."""

from __future__ import annotations

import os
import socket
from configparser import ConfigParser
from configparser import Error as ConfigError
from functools import cache
from pathlib import Path

_NAMED = {
    "s3": (
        "AWS_ACCESS_KEY_ID",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ),
    "gs": (
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_BEARER_TOKEN",
        "GOOGLE_SERVICE_ACCOUNT",
        "GOOGLE_SERVICE_ACCOUNT_PATH",
        "GOOGLE_SERVICE_ACCOUNT_KEY",
    ),
    "az": (
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_ACCESS_KEY",
        "AZURE_STORAGE_SAS_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_STORAGE_CLIENT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_STORAGE_TOKEN",
        "AZURE_USE_AZURE_CLI",
        "AZURE_MSI_ENDPOINT",
        "IDENTITY_ENDPOINT",
        "AZURE_STORAGE_USE_EMULATOR",
    ),
}
"""Variables that give obstore credentials, or say where they are."""

_OF_A_MACHINE = {"s3": ("169.254.169.254", 80), "gs": ("metadata.google.internal", 80)}
"""Who gives credentials to programs on a rented machine."""

_PROBE = 1.0
"""Seconds until such a server, which is very near, would have answered."""


def found_for(scheme: str, has_endpoint: bool) -> dict[str, str] | bool:
    """Return a store's credentials from its tools' own file, or whether obstore finds some itself.

    Parameters
    ----------
    has_endpoint
        Whether the user says where the store is: then the machine's own credentials are not for it.
    """
    if any(os.environ.get(name) for name in _NAMED[scheme]):
        return True
    if scheme == "s3" and (found := _of_profile()):
        return found
    if scheme == "gs" and (Path.home() / ".config/gcloud/application_default_credentials.json").exists():
        return True
    unwanted = os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"
    return not has_endpoint and not unwanted and _on_rented_machine(scheme)


def _of_profile() -> dict[str, str]:
    """Return what the AWS tools' files say of the profile that is chosen."""
    home = Path.home() / ".aws"
    profile = os.environ.get("AWS_PROFILE") or "default"
    said: dict[str, str] = {}
    for variable, name, section in (
        ("AWS_CONFIG_FILE", "config", profile if profile == "default" else f"profile {profile}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", profile),
    ):
        files = ConfigParser(interpolation=None, strict=False)
        try:
            files.read(os.environ.get(variable) or home / name, encoding="utf-8")
        except (ConfigError, OSError, UnicodeError):
            continue
        if files.has_section(section):
            said.update(files.items(section))
    names = {
        "aws_access_key_id": "access_key_id",
        "aws_secret_access_key": "secret_access_key",
        "aws_session_token": "session_token",
    }
    if not ("aws_access_key_id" in said and "aws_secret_access_key" in said):
        return {}
    found = {ours: said[theirs] for theirs, ours in names.items() if theirs in said}
    if "region" in said and not os.environ.get("AWS_REGION") and not os.environ.get("AWS_DEFAULT_REGION"):
        found["region"] = said["region"]
    return found


@cache
def _on_rented_machine(scheme: str) -> bool:
    if scheme not in _OF_A_MACHINE:
        return False
    try:
        with socket.create_connection(_OF_A_MACHINE[scheme], timeout=_PROBE):
            return True
    except OSError:
        return False
