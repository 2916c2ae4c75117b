#include <set>

#include "hsm/errc.hpp"
#include "hsm/p256_encoding.hpp"
#include "hsm/return_value.hpp"
#include "hsm/status.hpp"
#include "ledger/license_file/private_key.hpp"
#include "tests/support/result_text.hpp"

using ledger::Bytes;

namespace {

Bytes raw_signature(std::initializer_list<std::uint8_t> r, std::initializer_list<std::uint8_t> s) {
    Bytes raw(64);
    std::copy(r.begin(), r.end(), raw.begin() + 32 - static_cast<std::ptrdiff_t>(r.size()));
    std::copy(s.begin(), s.end(), raw.end() - static_cast<std::ptrdiff_t>(s.size()));
    return raw;
}

}  // namespace

TEST_CASE("p256: r and s become the shortest DER integers", "[hsm][encoding]") {
    CHECK(hsm::p256_signature(raw_signature({1}, {0x7f})) == Bytes{0x30, 6, 2, 1, 1, 2, 1, 0x7f});
    CHECK(hsm::p256_signature(raw_signature({0x80}, {1, 0})) == Bytes{0x30, 8, 2, 2, 0, 0x80, 2, 2, 1, 0});
    const auto longest = hsm::p256_signature(Bytes(64, 0xff));
    REQUIRE(longest);
    CHECK(longest->size() == 2 + 2 * (2 + 33));
}

TEST_CASE("p256: what is not r and s is refused", "[hsm][encoding]") {
    CHECK_FALSE(hsm::p256_signature({}));
    CHECK_FALSE(hsm::p256_signature(Bytes(63, 1)));
    CHECK_FALSE(hsm::p256_signature(Bytes(65, 1)));
    CHECK_FALSE(hsm::p256_signature(raw_signature({0}, {1})));
    CHECK_FALSE(hsm::p256_signature(raw_signature({1}, {0})));
}

TEST_CASE("p256: a point is a public key, bare or wrapped, and nothing else is", "[hsm][encoding]") {
    const auto key = ledger::PrivateKey::generate().public_key();
    const Bytes bare(key.spki().end() - 65, key.spki().end());
    Bytes wrapped{0x04, 65};
    wrapped.insert(wrapped.end(), bare.begin(), bare.end());
    CHECK(hsm::p256_spki(hsm::p256_parameters, bare) == key.spki());
    CHECK(hsm::p256_spki(hsm::p256_parameters, wrapped) == key.spki());

    Bytes other_curve(hsm::p256_parameters.begin(), hsm::p256_parameters.end());
    other_curve.back() = 8;
    CHECK_FALSE(hsm::p256_spki(other_curve, bare));
    CHECK_FALSE(hsm::p256_spki({}, bare));
    Bytes compressed(bare.begin(), bare.begin() + 33);
    compressed[0] = 2;
    CHECK_FALSE(hsm::p256_spki(hsm::p256_parameters, compressed));
    wrapped.push_back(0);
    CHECK_FALSE(hsm::p256_spki(hsm::p256_parameters, wrapped));
    CHECK_FALSE(hsm::p256_spki(hsm::p256_parameters, {}));
}

TEST_CASE("return values: a PIN is wrong only where one was given", "[hsm][encoding]") {
    constexpr std::uint64_t pin_incorrect = 0xa0;
    CHECK(hsm::error_of("C_Login", pin_incorrect, {}).code == hsm::errc::pin_wrong);
    CHECK(hsm::error_of("C_Sign", pin_incorrect, {}).code == hsm::errc::token_failed);
    CHECK(hsm::error_of("C_Login", 0xa4, {}).code == hsm::errc::pin_locked);
    CHECK(hsm::error_of("C_Sign", 0x30, {}).code == hsm::errc::token_gone);
    const auto unknown = hsm::error_of("C_Sign", 0x80000001, {});
    CHECK(unknown.code == hsm::errc::token_failed);
    CHECK(unknown.sentence(ledger::Language::english).find("C_Sign returned 0x80000001") != std::string::npos);
}

TEST_CASE("status: only a refused or locked PIN waits for a person", "[hsm][encoding]") {
    using hsm::State;
    for (int i = 0; i <= static_cast<int>(State::stopped); ++i) {
        const auto state = static_cast<State>(i);
        CHECK(hsm::waits_for_person(state) == (state == State::pin_wrong || state == State::pin_locked));
        CHECK_FALSE(hsm::name_of(state).empty());
    }
    CHECK(hsm::state_after({hsm::errc::not_responding}) == State::not_responding);
    CHECK(hsm::state_after({hsm::errc::pin_known_wrong}) == State::pin_wrong);
    CHECK(hsm::state_after({hsm::errc::worker_died}) == State::faulty);
    CHECK(hsm::state_after({hsm::errc::wrong_key}) == State::no_key);
}

TEST_CASE("messages: every errc of the folder has a code of its own and both languages", "[hsm][encoding]") {
    std::set<std::string_view> codes;
    for (const auto& message : hsm::category().table()) {
        CAPTURE(message.code);
        CHECK(codes.insert(message.code).second);
        CHECK(message.code.starts_with("hsm-"));
        CHECK_FALSE(message.english.remedy.empty());
        CHECK_FALSE(message.chinese.remedy.empty());
    }
    for (int value = 1; value <= static_cast<int>(hsm::errc::anchor_folder_failed); ++value) {
        CHECK(hsm::category().find(value).value == value);
    }
}
