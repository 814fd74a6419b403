"""Settings: `config.toml`, read once, checked whole.  INTERFACE: Configuration.

Every fault of the file is told at once, each with its name and what to do. Nothing here
opens a database or a socket. `config.example.toml` names every setting; a test holds it to
these models.
"""

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from fediverse_coord.errors import ConfigError, MalformedDocument
from fediverse_coord.protocol.uris import Uris, parse
from fediverse_coord.publishing.coordinations import Coordination, coordination_from

ENVIRONMENT = "FEDIVERSE_COORD_CONFIG"
DEVELOPMENT_ORIGIN = "http://localhost:8000"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Names that lead nowhere on the public internet (RFC 2606, RFC 6761, RFC 8375 and custom).
LAB_DOMAINS = frozenset({"test", "localhost", "internal", "local", "lab", "example", "invalid"})

METRICS_PORTS = 128  # of one machine's processes
LEASE_IN_DEADLINES = 4  # two knocks, the time before them and the time to write it down

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Section):
    """Where we are known, and where we listen."""

    origin: str = DEVELOPMENT_ORIGIN
    handle_domain: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    key_file: Path = Path("data/instance.key")
    passphrase_file: Path | None = None
    actors: Path = Path("actors")
    source_url: str = ""

    @field_validator("origin")
    @classmethod
    def _an_origin(cls, value: str) -> str:
        try:
            address = parse(value)
        except MalformedDocument:
            raise ValueError("must look like https://coord.example") from None
        if value != address.origin:
            raise ValueError(f"must be just {address.origin}, without path or trailing slash")
        return value

    @field_validator("handle_domain")
    @classmethod
    def _a_domain(cls, value: str) -> str:
        try:
            authority = parse(f"https://{value}").authority if value else ""
        except MalformedDocument:
            authority = None
        if value != authority:
            raise ValueError("must be a domain alone, in lower case, such as miners.example")
        return value


class Database(Section):
    """Which engine remembers."""

    url: str = "sqlite:///data/coord.db"
    connections: Annotated[int, Field(ge=1, le=100)] = 8


class Federation(Section):
    """How we meet other servers. `allow_*` count only in a lab."""

    lab: bool = False
    allow_http: bool = False
    allow_networks: tuple[str, ...] = ()
    allow_ports: tuple[int, ...] = (443,)
    nameservers: tuple[str, ...] = ()
    user_agent: str = ""
    signed_fetch_required: bool = False

    @field_validator("allow_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ipaddress.ip_network(one)
        return value


class Delivery(Section):
    """How fast and how patiently we deliver."""

    concurrency: Count = 1000
    per_host: Count = 2
    attempts: Annotated[int, Field(ge=1, le=20)] = 9
    connect_seconds: Seconds = 5
    first_seconds: Seconds = 10
    total_seconds: Seconds = 30
    batch: Count = 256
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    lease_seconds: Annotated[float, Field(ge=4, le=3600)] = 120


class Media(Section):
    """Pictures, recordings and documents we serve, and where their files lie."""

    directory: Path = Path("data/media")
    store: str = ""
    formerly: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    credentials: Path | None = None
    largest_bytes: Annotated[int, Field(ge=1, le=100_000_000)] = 15_000_000
    recording_bytes: Annotated[int, Field(ge=1, le=200_000_000)] = 60_000_000
    recording_minutes: Annotated[int, Field(ge=1, le=60)] = 30
    document_bytes: Annotated[int, Field(ge=1, le=100_000_000)] = 30_000_000
    document_pages: Annotated[int, Field(ge=1, le=300)] = 100

    @field_validator("store", "formerly")
    @classmethod
    def _a_place(cls, value: str) -> str:
        if "://" in value and not value.startswith("s3://"):
            raise ValueError('must be a directory or look like "s3://bucket/prefix"')
        return value

    @field_validator("endpoint")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or "@" in value):
            raise ValueError('must look like "https://s3.example" and hold no keys')
        return value

    @property
    def most_bytes(self) -> int:
        """Of any file that is taken."""
        return max(self.largest_bytes, self.recording_bytes, self.document_bytes)


class Limits(Section):
    """What one request or one peer may ask of us."""

    activity_bytes: Count = 1_000_000
    request_bytes: Count = 400_000
    inbox_per_host_per_minute: Count = 12_000
    keys_per_host_per_minute: Count = 300
    api_per_token_per_minute: Count = 300
    interactions_per_minute: Count = 60


class Retention(Section):
    """How many days what has served its time is kept."""

    receipts_days: Annotated[int, Field(ge=7, le=3_650)] = 90
    strangers_days: Annotated[int, Field(ge=14, le=3_650)] = 30
    papers_days: Annotated[int, Field(ge=1, le=3_650)] = 30
    papers_megabytes: Annotated[int, Field(ge=1, le=1_000_000)] = 500


class Metrics(Section):
    """Figures for operators, on a listener of their own. Empty: off."""

    listen: str = ""

    @field_validator("listen")
    @classmethod
    def _not_for_everybody(cls, value: str) -> str:
        if value:
            _private_address(value)
        return value

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port; nothing where it is off."""
        return _private_address(self.listen) if self.listen else None


def _private_address(value: str) -> tuple[str, int]:
    """Raises ValueError for what is not an address of this machine or of a private network."""
    host, _, port = value.rpartition(":")
    form = 'must look like "127.0.0.1:9464" or "[::1]:9464"'
    is_number = port.isascii() and port.isdigit() and len(port) <= 5
    if not (is_number and 0 < int(port) <= 65_535):
        raise ValueError(form)
    try:
        address = ipaddress.ip_address(
            "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
        )
    except ValueError:
        raise ValueError(form) from None
    if (":" in host) != host.startswith("["):
        raise ValueError(form)
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain.is_global or plain.is_unspecified or plain.is_multicast:
        raise ValueError("must be loopback or a private address: these figures are for you alone")
    return str(address), int(port)


class Logging(Section):
    """What stands in the log: events with facts, never bodies, addresses or names."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Config(Section):
    """All settings. `folder` is where the file lies; relative paths start there."""

    server: Server = Server()
    database: Database = Database()
    federation: Federation = Federation()
    delivery: Delivery = Delivery()
    media: Media = Media()
    limits: Limits = Limits()
    retention: Retention = Retention()
    metrics: Metrics = Metrics()
    logging: Logging = Logging()
    folder: Path = Field(default=Path(), exclude=True)
    is_development: bool = Field(default=False, exclude=True)

    @property
    def uris(self) -> Uris:
        return Uris(self.server.origin, self.server.handle_domain)

    @property
    def is_local(self) -> bool:
        """Whether the origin is loopback: nobody outside can follow it."""
        host = parse(self.server.origin).host
        return host in LOOPBACK or host.endswith(".localhost")

    @property
    def is_public(self) -> bool:
        """Whether the origin could be anybody's on the internet."""
        host = parse(self.server.origin).host
        try:
            return ipaddress.ip_address(host).is_global
        except ValueError:
            return "." in host and host.rpartition(".")[2] not in LAB_DOMAINS

    def path(self, relative: Path) -> Path:
        """A configured path, from the folder of the file."""
        return relative if relative.is_absolute() else self.folder / relative

    def served_at(self, host: str | None, port: int | None) -> "Config":
        """With another place to listen, where one is given. Raises ConfigError."""
        given = {"host": host, "port": port}
        changed = {name: value for name, value in given.items() if value is not None}
        server = self.server.model_copy(update=changed)
        return _apart(self.model_copy(update={"server": server}), "the place to listen")

    @property
    def metrics_ports(self) -> range:
        """Where our processes tell figures: each takes the first that is free."""
        first = self.metrics.address[1] if self.metrics.address else 0
        return range(first, min(first + METRICS_PORTS, 65_536))

    @property
    def database_url(self) -> str:
        """With a relative SQLite path made absolute."""
        prefix = "sqlite:///"
        url = self.database.url
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return prefix + str(self.path(Path(url.removeprefix(prefix))).absolute())
        return url


def load(file: Path | None = None) -> Config:
    """The settings of the file, of FEDIVERSE_COORD_CONFIG, of ./config.toml, or for development.

    Raises ConfigError that names every faulty setting.
    """
    chosen = file or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    if chosen is None and not Path("config.toml").exists():
        return _checked(Config(folder=Path.cwd(), is_development=True), "the default settings")
    path = chosen or Path("config.toml")
    return _checked(_read(path), str(path))


def _read(path: Path) -> Config:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Config.model_validate({**data, "folder": path.absolute().parent})
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist: `fediverse-coord init` writes one") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()
        )
        raise ConfigError(f"{path}: {faults}. config.example.toml names every setting") from None


def _checked(config: Config, name: str) -> Config:
    """What one field alone cannot tell."""
    federation, origin = config.federation, config.server.origin
    defaults = Federation()
    loosened = [
        key
        for key in ("allow_http", "allow_networks", "allow_ports")
        if getattr(federation, key) != getattr(defaults, key)
    ]
    if loosened and not federation.lab:
        raise ConfigError(f"{name}: federation.{loosened[0]} works only with federation.lab = true")
    if federation.lab and config.is_public:
        raise ConfigError(f"{name}: federation.lab must not be used on the public origin {origin}")
    if origin.startswith("http://") and not (config.is_local or federation.lab):
        raise ConfigError(f"{name}: server.origin must be https, as {origin} is not loopback")
    _check_lease(config.delivery, name)
    return _apart(config, name)


def _check_lease(delivery: Delivery, name: str) -> None:
    """A delivery under way must not become another process's."""
    least = LEASE_IN_DEADLINES * delivery.total_seconds
    if delivery.lease_seconds < least:
        raise ConfigError(
            f"{name}: delivery.lease_seconds must be at least {least:g}, four times total_seconds, "
            "or two processes would send the same"
        )


def _apart(config: Config, name: str) -> Config:
    """Figures are never told where the world asks."""
    address, port = config.metrics.address, config.server.port
    if address and address[1] == port:
        raise ConfigError(f"{name}: metrics.listen needs another port than the server's {port}")
    return config


def load_coordinations(config: Config) -> list[Coordination]:
    """Every actors/NAME.toml. Raises ConfigError naming file, key and remedy."""
    folder = config.path(config.server.actors)
    found = []
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path.name} cannot be read as TOML: {error}") from None
        found.append(coordination_from(data, file_name=path.name))
    names = [one.username for one in found]
    if len(set(names)) != len(names):
        raise ConfigError(f"two files in {folder} have the same username")
    return found
