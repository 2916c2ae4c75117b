#pragma once
// tests/ledger/core/random_event.hpp: events with every kind, option and length in them, from a seed.

#include <algorithm>
#include <random>

#include "ledger/core/event.hpp"

namespace ledger {

class RandomEvents {
 public:
    explicit RandomEvents(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] Event next() { return next(random_() % std::variant_size_v<EventBody>); }

    [[nodiscard]] Event next(std::size_t kind) {
        Event event;
        event.sequence_number = {word()};
        event.time = time();
        event.origin = server_id() + "/" + std::to_string(1 + random_() % 3);
        event.actor.kind = static_cast<Actor::Kind>(random_() % 3);
        event.actor.authority = static_cast<Actor::Authority>(random_() % 6);
        if (coin()) event.actor.id = bytes(16);
        for (std::uint16_t field = 0; field < annex_field_count; ++field) {
            if (coin()) event.commitments.push_back({static_cast<AnnexField>(field), {array<32>()}});
        }
        event.body = body(kind);
        return event;
    }

    [[nodiscard]] std::vector<AnnexValue> annex() {
        std::vector<AnnexValue> values;
        for (std::uint16_t field = 0; field < annex_field_count; ++field) {
            if (coin()) values.push_back({static_cast<AnnexField>(field), array<16>(), text(random_() % 40)});
        }
        if (values.empty()) values.push_back({AnnexField::device_name, array<16>(), text(random_() % 3)});
        return values;
    }

    [[nodiscard]] Seat seat() {
        Seat seat;
        seat.activation_id.bytes = array<16>();
        seat.license_id = name();
        seat.product = name();
        const std::size_t count = 1 + random_() % components_max;
        for (std::size_t i = 0; i < count; ++i)
            seat.components.push_back({"kind_" + std::to_string(random_() % 9), {array<32>()}});
        std::ranges::sort(seat.components);
        seat.components.erase(std::unique(seat.components.begin(), seat.components.end()), seat.components.end());
        if (coin()) seat.device_public_key = bytes(91);
        if (coin()) {
            seat.lease_ends = {1 + static_cast<std::int64_t>(random_() % (1ULL << 50))};
            seat.grace_ends = {seat.lease_ends.us + static_cast<std::int64_t>(random_() % 1000)};
        }
        return seat;
    }

    [[nodiscard]] Bytes bytes(std::size_t size) {
        Bytes result(size);
        for (auto& byte : result) byte = static_cast<std::uint8_t>(random_());
        return result;
    }
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
    [[nodiscard]] EventBody body(std::size_t kind) {
        switch (kind) {
            case 0:
                return LedgerCreated{SuiteId::p256_sha256, server_id(), bytes(91),
                                     some_bytes(800),      array<32>(), "1.2.3"};
            case 1: {
                ServerCertified certified;
                certified.certificates.resize(1 + random_() % 4);
                for (auto& certificate : certified.certificates) certificate = some_bytes(900);
                return certified;
            }
            case 2:
                return LicenseImported{name(), some_bytes(4000)};
            case 3:
                return RevocationImported{name(), some_bytes(4000)};
            case 4:
                return EnrolmentKeyCreated{array<16>(), {array<32>()}, text(1 + random_() % 16), time()};
            case 5:
                return EnrolmentKeyRevoked{array<16>()};
            case 6:
                return SettingChanged{name(), text(random_() % 100)};
            case 7:
                return TlsCertificateChanged{{array<32>()}};
            case 8:
                return SeatActivated{seat()};
            case 9:
                return SeatRenewed{seat()};
            case 10:
                return SeatDeviceChanged{seat()};
            case 11:
                return SeatReleased{{array<16>()}};
            case 12:
                return SeatExpired{{array<16>()}};
            case 13:
                return AnnexErased{{word()}, static_cast<AnnexField>(random_() % annex_field_count)};
            case 14:
                return TimePutInDoubt{time(), static_cast<TimePutInDoubt::Reason>(random_() % 3)};
            case 15:
                return TimeConfirmed{time()};
            case 16:
                return TimeConfirmationUndone{{word()}, {static_cast<std::int64_t>(word())}};
            case 17:
                return ServerStarted{"2.0." + std::to_string(random_() % 100)};
            case 18:
                return opened();
            case 19:
                return KeyCleared{{array<32>()}};
            case 20: {
                AdoptionProven proven{{word()}, some_bytes(900), {}, text(1 + random_() % 200)};
                proven.path.resize(random_() % 30, Digest{array<32>()});
                return proven;
            }
            case 21: {
                SeatAdopted adopted{seat(), {word()}};
                return adopted;
            }
            case 22:
                return AdoptionRefused{{array<16>()}};
            case 23:
                return SeatLent{seat()};
            case 24:
                return UnclaimedFreed{{name(), 1 + word() % 0x100'0000'0000}};
            case 25:
                return LogKeyCreated{array<16>(), {array<32>()}, text(1 + random_() % 16), time()};
            case 26:
                return LogKeyRevoked{array<16>()};
            case 27: {
                const Seat kept = seat();
                return LegacySeatReserved{kept.activation_id, kept.license_id, kept.product, kept.components,
                                          {array<32>()},      time(),          time()};
            }
            case 28:
                return LegacySeatFreed{{array<16>()}};
            case 29:
                return ReportIssued{time(), {1 + (word() >> 2)}, word() >> 1, {array<32>()}, {array<32>()}, coin()};
            default:
                ACTLEDGER_ASSERT(false);
                return {};
        }
    }

    [[nodiscard]] IncarnationOpened opened() {
        IncarnationOpened opened;
        opened.incarnation = static_cast<std::uint32_t>(2 + word() % 0xffff'fffd);
        opened.reason = static_cast<IncarnationOpened::Reason>(random_() % 7);
        const bool rotated = opened.reason == IncarnationOpened::Reason::rotated;
        if (by_vendor(opened.reason)) opened.reendorsement = some_bytes(2'000);
        const bool later_key = opened.reason == IncarnationOpened::Reason::log_lost && coin();
        if (opened.hands_over() || later_key) opened.server_certificate = some_bytes(1'000);
        if (rotated) opened.hand_over = text(1 + random_() % 200);
        if (!begins_log(opened.reason)) opened.kept_head = text(1 + random_() % 200);
        if (!rotated) opened.known_head = text(random_() % 2'000);
        const std::size_t licenses = random_() % 5;
        for (std::size_t i = 0; i < licenses; ++i) opened.unclaimed.push_back({name(), 1 + word() % 0x100'0000'0000});
        std::ranges::sort(opened.unclaimed);
        const auto same = [](const UnclaimedSeats& a, const UnclaimedSeats& b) { return a.license_id == b.license_id; };
        opened.unclaimed.erase(std::unique(opened.unclaimed.begin(), opened.unclaimed.end(), same),
                               opened.unclaimed.end());
        return opened;
    }

    [[nodiscard]] bool coin() { return random_() % 2 == 0; }
    /// Small values and zero often: they are what the canonical form trims.
    [[nodiscard]] std::uint64_t word() { return coin() ? random_() % 3 : random_(); }
    [[nodiscard]] Timestamp time() { return {static_cast<std::int64_t>(word() >> 1)}; }
    [[nodiscard]] Bytes some_bytes(std::size_t most) { return bytes(1 + random_() % most); }
    template <std::size_t size>
    [[nodiscard]] std::array<std::uint8_t, size> array() {
        std::array<std::uint8_t, size> result{};
        if (coin() && coin()) return result;
        for (auto& byte : result) byte = static_cast<std::uint8_t>(random_());
        return result;
    }
    [[nodiscard]] std::string letters(std::string_view alphabet, std::size_t size) {
        std::string result(size, ' ');
        for (char& c : result) c = alphabet[random_() % alphabet.size()];
        return result;
    }
    [[nodiscard]] std::string server_id() { return letters("abcdefghijklmnopqrstuvwxyz234567", 32); }
    [[nodiscard]] std::string name() { return letters("ABZabz019._-", 1 + random_() % 64); }
    /// `count` characters of one to four bytes.
    [[nodiscard]] std::string text(std::size_t count) {
        constexpr std::array<std::string_view, 6> characters{"a", "Z", "\n", "é", "桌", "𝄞"};
        std::string result;
        for (std::size_t i = 0; i < count; ++i) result += characters[random_() % characters.size()];
        return result;
    }

    std::mt19937_64 random_;
};

}  // namespace ledger
