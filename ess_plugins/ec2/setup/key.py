"""The key pair of the conf: imported from the pem that is there, or from one that is made."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from ess_core.cloud import code, passing
from ess_core.conf.text import is_file, shown
from ess_core.errors import ConfigError
from ess_plugins.ec2 import keypair, pem, tags
from ess_plugins.ec2.preflight import Where
from ess_plugins.ec2.setup import item, pemfile
from ess_plugins.ec2.setup.item import Item, Outcome, Step

KIND, FILE = "key pair", "pem file"
GENERATED, IMPORTED = "generated", "imported"  # how it was made, as its tag says


class Key:
    """One key pair and its pem; ``new_pem`` is where a pem is written if there is none."""

    def __init__(self, ec2: Any, name: str, path: Path, new_pem: Path, owner: str) -> None:
        self._ec2 = ec2
        self._name = name
        self._path = path
        self._new_pem = new_pem
        self._owner = owner

    def missing(self, where: Where) -> list[Step]:
        """What is to be made. Raises ConfigError where pem and key pair do not fit, or cannot be made fit."""
        found, has_pem = self.find(), is_file(self._path)
        if has_pem:
            pem.check(self._path)
        if found and not has_pem:
            raise ConfigError(
                f"{where('key_name')}: key pair {self._name} exists, "
                f"but its private key is not in {shown(self._path)}",
                "put the pem file beside instance.conf, or name a new key pair as key_name",
            )
        if found:
            keypair.compare(self._path, found, where("key_name"))
            return [lambda: iter([self._there(found)])]
        return [self._import if has_pem else self._generate]

    def find(self) -> Mapping[str, Any] | None:
        """The key pair as EC2 describes it, if there is one."""
        named = {"Name": "key-name", "Values": [tags.literal(self._name)]}
        answer = self._ec2.describe_key_pairs(Filters=[named], IncludePublicKey=True)
        exact = [one for one in answer["KeyPairs"] if one["KeyName"] == self._name]
        return exact[0] if exact else None

    def remove(self, found: Mapping[str, Any]) -> Iterator[Item]:
        """Delete the key pair, and the pem that was made with it if it is unchanged."""
        name, key_id = self._name, found["KeyPairId"]
        self._ec2.delete_key_pair(KeyPairId=key_id)
        yield Item(KIND, name, key_id, Outcome.REMOVED)
        if tags.read(found.get("Tags", ()))[tags.SETUP] != GENERATED or not is_file(self._new_pem):
            return
        is_ours = pemfile.is_as_written(self._new_pem) and keypair.fits(self._new_pem, found)
        if is_ours:
            self._new_pem.unlink()
        yield Item(FILE, shown(self._new_pem), "", Outcome.REMOVED if is_ours else Outcome.LEFT)

    def _there(self, found: Mapping[str, Any]) -> Item:
        return Item(KIND, self._name, found["KeyPairId"], Outcome.THERE)

    def _import(self) -> Iterator[Item]:
        yield self._register(pem.private_key(self._path), IMPORTED)

    def _generate(self) -> Iterator[Item]:
        """The pem first: a key pair whose private key is nowhere could never be used."""
        key = pemfile.write_new(self._new_pem)
        yield Item(FILE, shown(self._new_pem), "", Outcome.MADE)
        try:
            yield self._register(key, GENERATED)
        except Exception as error:
            if not passing(error):  # else the key pair may be there after all
                self._new_pem.unlink()
            raise

    def _register(self, key: PrivateKeyTypes, how: str) -> Item:
        labels = item.labels(self._owner, how)
        try:
            made = self._ec2.import_key_pair(
                KeyName=self._name,
                PublicKeyMaterial=keypair.openssh(key).encode(),
                TagSpecifications=[tags.specification("key-pair", labels)],
            )
        except self._ec2.exceptions.ClientError as error:
            found = self.find() if code(error) == "InvalidKeyPair.Duplicate" else None
            if not (found and keypair.is_public_half(key, found)):
                raise
            made = found  # an answer was lost, and this was the second try
        return Item(KIND, self._name, made["KeyPairId"], Outcome.MADE)
