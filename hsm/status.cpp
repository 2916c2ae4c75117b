#include "hsm/status.hpp"

#include "hsm/errc.hpp"

namespace hsm {

std::string_view name_of(State state) {
    switch (state) {
        case State::starting:
            return "starting";
        case State::ready:
            return "ready";
        case State::not_responding:
            return "not_responding";
        case State::gone:
            return "gone";
        case State::faulty:
            return "faulty";
        case State::no_key:
            return "no_key";
        case State::pin_missing:
            return "pin_missing";
        case State::pin_wrong:
            return "pin_wrong";
        case State::pin_locked:
            return "pin_locked";
        case State::stopped:
            return "stopped";
    }
    ledger::assertion_failed("a state has a name", __FILE__, __LINE__);
}

State state_after(const ledger::Error& error) {
    if (error.code.category() != category()) return State::faulty;
    switch (static_cast<errc>(error.code.value())) {
        case errc::not_responding:
            return State::not_responding;
        case errc::token_gone:
        case errc::token_not_found:
            return State::gone;
        case errc::key_not_found:
        case errc::wrong_key:
            return State::no_key;
        case errc::pin_missing:
        case errc::pin_not_set:
        case errc::pin_unreadable:
        case errc::pin_file_exposed:
        case errc::not_a_terminal:
            return State::pin_missing;
        case errc::pin_wrong:
        case errc::pin_known_wrong:
            return State::pin_wrong;
        case errc::pin_locked:
            return State::pin_locked;
        default:
            return State::faulty;
    }
}

bool waits_for_person(State state) { return state == State::pin_wrong || state == State::pin_locked; }

}  // namespace hsm
