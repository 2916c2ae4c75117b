#include "tools/client/activation_check.hpp"

#include <algorithm>
#include <chrono>

#include "tools/client/small_file.hpp"

namespace client {

ledger::Result<ledger::Certificate> load_vendor_root(const std::filesystem::path& file) {
    const auto content = read_small_file(file);
    if (!content) return unreadable(file);
    if (content->find("-----BEGIN") != content->npos) return ledger::Certificate::from_pem(*content);
    return ledger::Certificate::from_der(ledger::as_bytes(*content));
}

ledger::PublicKey CheckedFile::server_key() const {
    return verified.server_certificate.public_key(ledger::default_suite().id()).value();
}

ledger::Result<CheckedFile> check_file(std::string_view text, const ledger::Certificate& root) {
    ACTLEDGER_TRY(auto file, ledger::ActivationFile::parse(text));
    ACTLEDGER_TRY(auto verified, ledger::verify_activation_file(file, root));
    return CheckedFile{std::move(file), std::move(verified)};
}

bool DeviceMatch::is_this_machine() const {
    const bool half_agree = agreeing && *agreeing * 2 >= components && *agreeing > 0;
    if (key == Key::same) return !agreeing || *agreeing > 0;
    return half_agree;
}

DeviceMatch match_device(const CheckedFile& file, const std::vector<ledger::RawComponent>& components,
                         ledger::ByteView spki) {
    const auto& seat = file.seat();
    DeviceMatch match;
    match.components = seat.components.size();
    if (!spki.empty()) {
        match.key = ledger::equal(spki, seat.device_public_key) ? DeviceMatch::Key::same : DeviceMatch::Key::other;
    }
    if (!file.file.device_salt || components.empty()) return match;
    const auto own = ledger::hash_components(ledger::default_suite(), *file.file.device_salt, components);
    match.agreeing = 0;
    for (const auto& component : seat.components) {
        if (own && std::ranges::find(*own, component) != own->end()) ++*match.agreeing;
    }
    return match;
}

LeaseStanding standing_of(const ledger::Seat& seat, ledger::Timestamp now) {
    if (seat.lease_ends.us == 0) return LeaseStanding::perpetual;
    if (now < seat.lease_ends) return LeaseStanding::running;
    return now < seat.grace_ends ? LeaseStanding::grace : LeaseStanding::over;
}

std::int64_t days_left(ledger::Timestamp end, ledger::Timestamp now) {
    return std::max<std::int64_t>(0, (end - now).us / ledger::day.us);
}

ledger::Timestamp wall_clock() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

}  // namespace client
