"""One's own account: registering, another password, the list of devices, logging them out."""

from dataclasses import dataclass
from functools import partial

from chat.ids import UserId
from chat.protocol.accounts import (
    ChangePassword,
    ChangePasswordResult,
    Devices,
    DevicesResult,
    Register,
    RegisterResult,
    RevokeDevice,
    RevokeDeviceResult,
)
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Device
from chat.server.commands.lookup import page_of
from chat.server.commands.spec import Command, Reply, Services, answering, reading, require_secret
from chat.server.commands.trial import Repeated, Trial, make_hash
from chat.server.domain import accounts as rules
from chat.server.domain.draft import Draft
from chat.server.domain.model import Decision, DeviceState, PasswordHash, UserState
from chat.server.domain.permissions import require, standing_of
from chat.server.ports import Checked
from chat.server.state.attempts import Tried
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.session import Session


def handle_register(services: Services, session: Session, request: Register, reply: Reply) -> None:
    """Put a password on the guest that one is."""
    require_secret(session)
    user = services.world.directory.known(session.user)
    # before the password is judged and hashed, which is dear; asked again when it is decided
    rules.require_registrable(services.world.gate(), user)

    def finish(_: Outcome) -> RegisterResult:
        return RegisterResult(id=request.id, user=services.world.directory.known(user.id).record())

    def follow(password: str) -> Change:
        return Change(
            decide=lambda draft: rules.register(draft, user.id, password=password),
            answer=answering(request, reply, finish),
        )

    make_hash(services, session, request, reply, request.password, user.nick, follow)


def handle_change_password(
    services: Services, session: Session, request: ChangePassword, reply: Reply
) -> None:
    """Compare the old password, take the new one, log out all other devices.

    A request whose answer was lost comes again when its new password is the one that counts already: it is
    answered as done, and changes nothing. Whoever has no device of the account can't ask. Who has one but not
    the password learns by it whether a guess was right, as by the old password too, and no faster, since a
    request that is wrong in both counts twice; nothing more is told, and what was logged out stays unsaid.
    """
    require_secret(session)
    _ChangeOfPassword(services, session, request, reply).begin()


@dataclass(frozen=True, slots=True)
class _ChangeOfPassword:
    """One request to change a password, on its way through the passwords and the journal."""

    services: Services
    session: Session
    request: ChangePassword
    reply: Reply

    def begin(self) -> None:
        """Compare with what is published; raises `Refused`."""
        user = self.services.world.directory.known(self.session.user)
        require(ChangePassword, standing_of(user))
        current, kept = _current(self.services, self.session), user.password

        def then(_: Checked) -> None:
            assert kept is not None
            follow = partial(self._change, user.id, kept, current)
            make_hash(
                self.services, self.session, self.request, self.reply, self.request.new, user.nick, follow
            )

        tried = Tried(user.nick_key, self.session.host, user.id)
        trial = Trial(self.services, self.session, self.request, self.reply, tried, "old")
        trial.run(
            self.request.old, kept, then, Repeated(self.request.new, lambda _: self.reply(self._done(0)))
        )

    def _change(self, user: UserId, kept: PasswordHash, current: DeviceState, password: str) -> Change:
        """Return the change that takes the new password, by its hash."""
        counted = _Counted(
            lambda draft: rules.change_password(draft, user, checked=kept, password=password, current=current)
        )

        told = answering(self.request, self.reply, lambda _: self._done(counted.revoked))

        def answer(result: Outcome | Refused) -> None:
            if isinstance(result, Refused) and result.code is ErrorCode.WRONG_PASSWORD:
                self._begin_anew()  # it is another one since it was compared
            else:
                told(result)

        return Change(decide=self.services.codes.ended_by(user, counted), answer=answer)

    def _begin_anew(self) -> None:
        refused = reading(self.request, self.begin)
        if refused is not None:
            self.reply(refused)

    def _done(self, logged_out: int) -> ChangePasswordResult:
        return ChangePasswordResult(id=self.request.id, logged_out=logged_out)


def handle_devices(services: Services, session: Session, request: Devices, _: Reply) -> DevicesResult:
    """List one's own devices that are still good."""
    user, now = services.world.directory.known(session.user), services.clock.now()
    good = [each for each in services.world.devices_of(user.id) if not rules.expired(each, user, now)]
    good.sort(key=lambda each: each.used, reverse=True)
    records = [_record(each, user, current=each.id == session.device) for each in good]
    return DevicesResult(id=request.id, devices=page_of(records)[0])


def handle_revoke_device(services: Services, session: Session, request: RevokeDevice, reply: Reply) -> Change:
    """Log one device out, or all others."""
    user, current = session.user, _current(services, session)
    counted = _Counted(lambda draft: rules.revoke_device(draft, user, device=request.device, current=current))

    def finish(_: Outcome) -> RevokeDeviceResult:
        return RevokeDeviceResult(id=request.id, logged_out=counted.revoked)

    # of one device that goes, the code goes with it; see `rules.add_device`
    decide = counted if request.device else services.codes.ended_by(user, counted)
    return Change(decide=decide, answer=answering(request, reply, finish))


class _Counted:
    """A rule that remembers how many devices it logged out."""

    def __init__(self, rule: rules.Rule) -> None:
        self._rule = rule
        self.revoked = 0

    def __call__(self, draft: Draft) -> Decision:
        """Decide."""
        decision = self._rule(draft)
        self.revoked = len(decision.revoked)
        return decision


def _current(services: Services, session: Session) -> DeviceState:
    """Return the device that asks; raises `Refused` when it was logged out in the same moment."""
    for device in services.world.devices_of(session.user):
        if device.id == session.device:
            return device
    raise Refused(ErrorCode.UNKNOWN_DEVICE)


def _record(device: DeviceState, user: UserState, *, current: bool) -> Device:
    return Device(
        device=device.id,
        client=device.client,
        created=device.created,
        last_used=device.used,
        expires=rules.expires(device, user),
        current=current,
    )


COMMANDS = (
    Command(Register, handle_register),
    Command(ChangePassword, handle_change_password),
    Command(Devices, handle_devices),
    Command(RevokeDevice, handle_revoke_device),
)
