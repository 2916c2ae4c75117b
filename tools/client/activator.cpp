#include "tools/client/activator.hpp"

#include <unistd.h>

#include "tools/client/errc.hpp"
#include "tools/client/server_witness.hpp"

namespace client {
namespace {

using namespace std::chrono_literals;

constexpr auto lock_patience = 90s;
constexpr unsigned created = 201;

Setback setback(ledger::Error error) { return {std::move(error), std::nullopt}; }

std::string device_name(const Settings& settings) {
    constexpr std::size_t name_bytes_max = 255;
    if (settings.device_name == "-") return {};
    if (!settings.device_name.empty()) return settings.device_name.substr(0, name_bytes_max);
    std::array<char, name_bytes_max + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

ledger::Error mismatch(std::string field) { return {errc::answer_mismatch, "", {{"field", std::move(field)}}}; }

/// The answer says of the file what the file says of itself.
ledger::Result<void> check_answer(const ActivationAnswer& answer, const CheckedFile& file, const std::string& product) {
    const auto& seat = file.seat();
    if (seat.activation_id.text() != answer.id) return mismatch("id");
    if (file.verified.event.sequence_number.value != answer.index) return mismatch("index");
    if (seat.product != answer.product) return mismatch("product");
    if (seat.lease_ends != answer.lease.ends_at || seat.grace_ends != answer.lease.grace_ends_at)
        return mismatch("lease");
    if (seat.product != product)
        return ledger::Error{errc::product_other, "", {{"product", seat.product}, {"wanted", product}}};
    return {};
}

ledger::Error other_device(const DeviceMatch& match) {
    const auto agreeing = match.agreeing ? std::to_string(*match.agreeing) : "0";
    return {errc::device_other, "", {{"agreeing", agreeing}, {"components", std::to_string(match.components)}}};
}

/// Whether trying the next server may do better.
bool is_final(const ledger::Error& error) {
    for (const auto code :
         {errc::server_refused, errc::interrupted, errc::state_unusable, errc::state_busy, errc::key_damaged,
          errc::not_activated, errc::device_key_lost, errc::enrolment_key_malformed, errc::history_contradiction}) {
        if (error.code == code) return true;
    }
    return false;
}

}  // namespace

void throw_exception_from_error(const Setback& setback, const boost::source_location& location) {
    ledger::throw_exception_from_error(setback.error, location);
}

/// One call's work with one server: the state read once, and the checks between answer and disk.
class Activator::Session {
 public:
    Session(const Activator& owner, const ServerAddress& address)
        : owner_(owner),
          server_({owner.settings_, owner.state_, owner.root_, owner.language_, owner.limits_, owner.stop_}, address),
          witness_(owner.state_, owner.root_, server_) {}

    Attempt<void> open() { return server_.open(); }
    Attempt<Outcome> activate();
    Attempt<Outcome> renew();
    Attempt<void> release();
    Attempt<WitnessFinding> visit();

 private:
    Attempt<Outcome> ask_for_seat(const DeviceKey& key);
    std::optional<Attempt<Outcome>> present_file(const DeviceKey& key);
    Attempt<Outcome> accept(const HttpAnswer& answer, const std::string& product, const std::string& remembered,
                            ledger::ByteView spki);
    ledger::Result<void> check_succession(const CheckedFile& file) const;
    ledger::Result<void> remember(const ActivationAnswer& answer, const CheckedFile& file) const;

    const Activator& owner_;
    ServerSession server_;
    ServerWitness witness_;
};

Attempt<Outcome> Activator::Session::activate() {
    const auto& state = owner_.state_;
    auto key = state.device_key();
    if (!key) return setback(key.error());
    if (!*key) {
        *key = DeviceKey::generate();
        if (auto stored = state.store_device_key(**key); !stored) return setback(stored.error());
    }
    auto presented = present_file(**key);
    if (presented && (*presented || presented->error().error.code != errc::server_refused))
        return *std::move(presented);
    auto asked = ask_for_seat(**key);
    // Neither: what was said of the file says more than that there is no seat.
    if (presented && !asked && asked.error().error.code == errc::server_refused) return *std::move(presented);
    return asked;
}

/// A file of an earlier incarnation: the server may have lost what it proves. It is shown, signed by the device's key,
/// before a seat is asked for; a server that has it gives the same seat back.
std::optional<Attempt<Outcome>> Activator::Session::present_file(const DeviceKey& key) {
    const auto file = witness_.stored_file();
    if (!file || !ledger::equal(key.spki(), file->seat().device_public_key)) return std::nullopt;
    if (file->seat().product != owner_.settings_.product) return std::nullopt;
    const auto present = server_.present_origin();
    const ledger::Origin& origin = file->verified.origin;
    if (!present || present->server_id != origin.server_id || present->incarnation <= origin.incarnation) {
        return std::nullopt;
    }
    const auto remembered = witness_.remembered_head(server_.server_id());
    const auto answer = witness_.show(
        {owner_.settings_.product, device_name(owner_.settings_), owner_.components_, key.spki(), remembered,
         owner_.state_.activation().value_or("")},
        [&](const RequestBody& body) {
            return server_.send_signed({"POST", "/v1/activations", activation_body(body), ""}, key, *present);
        });
    if (!answer) return Attempt<Outcome>(answer.error());
    return accept(*answer, owner_.settings_.product, remembered, key.spki());
}

Attempt<Outcome> Activator::Session::ask_for_seat(const DeviceKey& key) {
    const auto enrolment_key = read_enrolment_key(owner_.settings_.enrolment_key_file);
    if (!enrolment_key) return setback(enrolment_key.error());
    const auto remembered = witness_.remembered_head(server_.server_id());
    const std::string authorization = enrolment_key->empty() ? "" : "Bearer " + *enrolment_key;
    const auto answer = witness_.show(
        {owner_.settings_.product, device_name(owner_.settings_), owner_.components_, key.spki(), remembered, ""},
        [&](const RequestBody& body) {
            return server_.send({"POST", "/v1/activations", activation_body(body), authorization});
        });
    if (!answer) return answer.error();
    return accept(*answer, owner_.settings_.product, remembered, key.spki());
}

Attempt<Outcome> Activator::Session::renew() {
    const auto file = witness_.stored_file();
    if (!file) return setback(file.error());
    const auto key = owner_.state_.device_key();
    if (!key) return setback(key.error());
    const auto remembered = witness_.remembered_head(file->verified.origin.server_id);
    HttpRequest request{"POST", "/v1/activations/" + file->seat().activation_id.text() + "/renewals", "", ""};
    const bool own_key = *key && ledger::equal((*key)->spki(), file->seat().device_public_key);
    if (!own_key) {  // a reset desktop: its components and the pool's key speak for it
        const auto enrolment_key = read_enrolment_key(owner_.settings_.enrolment_key_file);
        if (!enrolment_key) return setback(enrolment_key.error());
        if (!enrolment_key->empty()) request.authorization = "Bearer " + *enrolment_key;
    }
    const auto answer = witness_.show({"", "", owner_.components_, {}, remembered, ""}, [&](const RequestBody& body) {
        request.body = renewal_body(body);
        return own_key ? server_.send_signed(request, **key, witness_.newest_origin(*file)) : server_.send(request);
    });
    if (!answer) return answer.error();
    return accept(*answer, file->seat().product, remembered,
                  *key ? ledger::ByteView((*key)->spki()) : ledger::ByteView());
}

Attempt<void> Activator::Session::release() {
    const auto file = witness_.stored_file();
    if (!file) return setback(file.error());
    const auto key = owner_.state_.device_key();
    if (!key) return setback(key.error());
    if (!*key || !ledger::equal((*key)->spki(), file->seat().device_public_key))
        return setback({errc::device_key_lost});
    const HttpRequest request{"DELETE", "/v1/activations/" + file->seat().activation_id.text(), "", ""};
    const auto answer = witness_.checked(server_.send_signed(request, **key, witness_.newest_origin(*file)), "");
    if (!answer) return answer.error();
    const auto released = parse_activation_answer(answer->body, server_.address());
    if (!released) return setback(released.error());
    if (released->state != "released") return setback(mismatch("state"));
    if (auto removed = owner_.state_.remove_activation(); !removed) return setback(removed.error());
    return {};
}

Attempt<WitnessFinding> Activator::Session::visit() {
    const auto file = witness_.stored_file();
    if (!file) return setback(file.error());
    const auto remembered = witness_.remembered_head(file->verified.origin.server_id);
    if (remembered.empty()) return witness_.hold_against(remembered, std::nullopt, *file);
    const auto consistency = witness_.ask_for_consistency(remembered);
    if (!consistency) return consistency.error();
    return witness_.hold_against(remembered, *consistency, *file);
}

/// From one stored file to the next: the same server, and never back in time.
ledger::Result<void> Activator::Session::check_succession(const CheckedFile& file) const {
    const auto& origin = file.verified.origin;
    if (!server_.server_id().empty() && origin.server_id != server_.server_id()) {
        return ledger::Error{
            errc::server_other, "", {{"server_id", origin.server_id}, {"pinned", server_.server_id()}}};
    }
    const auto before = witness_.stored_file();
    if (before && before->verified.origin == origin && file.file.index < before->file.index)
        return mismatch("older file");
    return {};
}

ledger::Result<void> Activator::Session::remember(const ActivationAnswer& answer, const CheckedFile& file) const {
    ACTLEDGER_CHECK(owner_.state_.store_activation(answer.file));
    auto pins = owner_.state_.pins();
    pins.server_id = file.verified.origin.server_id;
    pins.activation_id = answer.id;
    pins.renew_after = answer.lease.renew_after;
    return owner_.state_.store_pins(pins);
}

Attempt<Outcome> Activator::Session::accept(const HttpAnswer& http, const std::string& product,
                                            const std::string& remembered, ledger::ByteView spki) {
    const auto answer = parse_activation_answer(http.body, server_.address());
    if (!answer) return setback(answer.error());
    auto file = check_file(answer->file, owner_.root_);
    if (!file) return setback(file.error());
    if (auto fits = check_answer(*answer, *file, product); !fits) return setback(fits.error());
    if (auto follows = check_succession(*file); !follows) return setback(follows.error());
    const auto match = match_device(*file, owner_.components_, spki);
    if (!match.is_this_machine()) return setback(other_device(match));
    if (auto stored = remember(*answer, *file); !stored) return setback(stored.error());

    auto finding = witness_.hold_against(remembered, answer->consistency, *file);
    Outcome outcome{http.status == created, *std::move(file), server_.address(),
                    std::nullopt,           std::nullopt,     std::nullopt};
    // The seat is held and stored, whatever the witness finds; what it finds is told besides.
    if (finding) {
        if (finding->contradicted()) outcome.contradiction = finding->contradiction();
        outcome.notice = std::move(finding->notice);
    } else {
        outcome.witness_failure = finding.error().error;
    }
    return outcome;
}

Activator::Activator(const Settings& settings, const StateFolder& state,
                     const std::vector<ledger::RawComponent>& components, const ledger::Certificate& root,
                     ledger::Language language, HttpLimits limits, const std::atomic<bool>& stop)
    : settings_(settings),
      state_(state),
      components_(components),
      root_(root),
      language_(language),
      limits_(limits),
      stop_(stop) {
    ACTLEDGER_ASSERT(!settings_.servers.empty());
}

/// The servers in order. If all fail, what the first had to say, unless a later one is only busy: that one is there.
template <class T>
Attempt<T> Activator::with_servers(const std::function<Attempt<T>(Session&)>& action) {
    const auto lock = state_.lock(lock_patience);
    if (!lock) return setback(lock.error());
    std::optional<Setback> worst;
    std::string others;
    for (const auto& address : settings_.servers) {
        Session session(*this, address);
        auto opened = session.open();
        auto result = opened ? action(session) : Attempt<T>(opened.error());
        if (result || is_final(result.error().error)) return result;
        const auto& error = result.error().error;
        others += (others.empty() ? "" : "; ") + address.text() + ": " + std::string(error.stable_code());
        if (!error.detail.empty()) others += " (" + error.detail + ")";
        if (!worst || (error.code == errc::server_busy && worst->error.code != errc::server_busy))
            worst = result.error();
    }
    if (settings_.servers.size() > 1) worst->error.detail = others;
    return *worst;
}

Attempt<Outcome> Activator::activate() {
    return with_servers<Outcome>([](Session& session) { return session.activate(); });
}
Attempt<Outcome> Activator::renew() {
    return with_servers<Outcome>([](Session& session) { return session.renew(); });
}
Attempt<void> Activator::release() {
    return with_servers<void>([](Session& session) { return session.release(); });
}
Attempt<WitnessFinding> Activator::visit() {
    return with_servers<WitnessFinding>([](Session& session) { return session.visit(); });
}

}  // namespace client
