#include <capnp/serialize.h>

#include <algorithm>
#include <random>

#include "ledger/core/activation_extra.capnp.h"
#include "ledger/core/activation_file.hpp"
#include "ledger/core/errc.hpp"
#include "tests/ledger/core/sample_ledger.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

namespace {

/// The file without what nothing vouches for.
ActivationFile without_salt(ActivationFile file) {
    file.device_salt.reset();
    return file;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string result(text);
    const auto at = result.find(from);
    REQUIRE(at != result.npos);
    return result.replace(at, from.size(), to);
}

struct Fixture {
    std::uint64_t seed = std::random_device{}();
    SampleLedger ledger{seed};
    SequenceNumber seat;
    SequenceNumber other;
    ActivationFile file;

    Fixture() {
        ledger.grow(5);
        seat = ledger.append_seat();
        other = ledger.append(TlsCertificateChanged{});
        ledger.grow(30);
        file = ledger.file(seat);
    }
    [[nodiscard]] Result<VerifiedEvent> verified(const ActivationFile& changed) const {
        return verify_activation_file(changed, ledger.root);
    }
    /// The same file under another server certificate.
    [[nodiscard]] ActivationFile with_certificate(const Certificate& certificate) const {
        ActivationFile changed = file;
        changed.certificates = {certificate.der()};
        return changed;
    }
};

}  // namespace

TEST_CASE("activation file: written, read and verified with nothing but the root") {
    const Fixture fixture;
    CAPTURE(fixture.seed);
    const std::string text = fixture.file.text();
    const auto file = ActivationFile::parse(text).value();
    CHECK(file.text() == text);
    const auto verified = fixture.verified(file).value();
    CHECK(verified.event.sequence_number == fixture.seat);
    CHECK(verified.event.seat() != nullptr);
    CHECK(verified.origin == fixture.ledger.origin);
    CHECK(verified.head.size.value == 37);
    CHECK(verified.server_certificate.der() == fixture.ledger.server_certificate.der());
}

TEST_CASE("activation file: any event can be proven, and only a seat is an activation") {
    Fixture fixture;
    const auto file = fixture.ledger.file(fixture.other);
    CHECK(verify_logged_event(file, fixture.ledger.root));
    CHECK(refused(fixture.verified(file), errc::event_without_seat));
    CHECK(fixture.verified(file).error().facts == std::vector<Fact>{{"kind", "tls_certificate_changed"}});
}

TEST_CASE("activation file: every leaf of growing trees is proven") {
    SampleLedger ledger(7);
    for (std::uint64_t size = 1; size <= 20; ++size) {
        ledger.append_seat();
        for (std::uint64_t index = 0; index < size; ++index) {
            CAPTURE(size, index);
            const auto file = ActivationFile::parse(ledger.file({index}).text()).value();
            REQUIRE(verify_activation_file(file, ledger.root));
        }
    }
}

TEST_CASE("activation file: a changed byte is refused, or says nothing else") {
    const Fixture fixture;
    CAPTURE(fixture.seed);
    std::mt19937_64 random(fixture.seed);
    const std::string text = fixture.file.text();
    const auto check = [&](const std::string& changed) {
        const auto file = ActivationFile::parse(changed);
        if (!file) return;
        REQUIRE(file->text() == changed);
        if (fixture.verified(*file)) REQUIRE(without_salt(*file).text() == without_salt(fixture.file).text());
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        CAPTURE(i);
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ (1 << random() % 8));
        check(changed);
        changed = text;
        changed[i] = text[random() % text.size()];
        check(changed);
        changed = text;
        changed.erase(i, 1);
        check(changed);
        check(text.substr(0, i));
    }
}

TEST_CASE("activation file: what is true of another place, server or root proves nothing here") {
    Fixture fixture;
    SampleLedger other(fixture.seed + 1);
    other.grow(37);
    SECTION("another root") {
        CHECK(refused(verify_activation_file(fixture.file, other.root), errc::certificate_untrusted));
    }
    SECTION("another server's certificate under the same root") {
        const auto key = PrivateKey::generate();
        const auto certificate =
            issue_server_certificate(fixture.ledger.root, fixture.ledger.root_key, key.public_key(),
                                     derive_server_id(default_suite(), key.public_key()));
        CHECK(refused(fixture.verified(fixture.with_certificate(certificate)), errc::wrong_origin));
    }
    SECTION("another key under this server's id") {
        const auto certificate =
            issue_server_certificate(fixture.ledger.root, fixture.ledger.root_key, PrivateKey::generate().public_key(),
                                     fixture.ledger.origin.server_id);
        CHECK(refused(fixture.verified(fixture.with_certificate(certificate)), errc::unknown_key));
    }
    SECTION("a certificate for another purpose over the right key") {
        const auto certificate =
            issue_purpose_certificate(fixture.ledger.root, fixture.ledger.root_key, Purpose::license_issuer,
                                      fixture.ledger.server_key.public_key(), "Issuer", {{1'600'000'000'000'000}});
        CHECK(refused(fixture.verified(fixture.with_certificate(certificate)), errc::certificate_wrong_purpose));
    }
    SECTION("no certificate, or one too many") {
        auto file = fixture.file;
        file.certificates.push_back(other.server_certificate.der());
        CHECK_FALSE(fixture.verified(file));
        file.certificates = {Bytes{1, 2, 3}};
        CHECK(refused(fixture.verified(file), errc::certificate_malformed));
    }
    SECTION("another checkpoint") {
        auto file = fixture.file;
        file.checkpoint = other.checkpoint();
        CHECK(refused(fixture.verified(file), errc::wrong_origin));
        fixture.ledger.grow(1);
        file.checkpoint = fixture.ledger.checkpoint();
        CHECK(refused(fixture.verified(file), errc::not_included));
    }
    SECTION("another event, place or path") {
        auto file = fixture.file;
        file.index = {fixture.seat.value + 1};
        CHECK(refused(fixture.verified(file), errc::not_included));
        file.index = {1000};
        CHECK(refused(fixture.verified(file), errc::not_included));
        file = fixture.file;
        file.proof.pop_back();
        CHECK(refused(fixture.verified(file), errc::not_included));
        file = fixture.file;
        auto event = decode_event(file.event).value();
        std::get<SeatActivated>(event.body).product += "X";
        file.event = encode_event(event).value();
        CHECK(refused(fixture.verified(file), errc::not_included));
    }
    SECTION("an annex value that was not committed to") {
        auto file = fixture.file;
        REQUIRE_FALSE(file.annex.empty());
        file.annex[0].value += "x";
        CHECK(refused(fixture.verified(file), errc::commitment_mismatch));
        file.annex.erase(file.annex.begin());
        CHECK(fixture.verified(file));
    }
    SECTION("a seat without a device salt, and a salt without a seat") {
        CHECK(refused(fixture.verified(without_salt(fixture.file)), errc::malformed_activation_file));
        auto file = fixture.ledger.file(fixture.other);
        file.device_salt.emplace();
        CHECK(refused(verify_logged_event(file, fixture.ledger.root), errc::malformed_activation_file));
    }
}

TEST_CASE("activation file: a signed tree does not make a wrong event right") {
    SampleLedger ledger(3);
    ledger.grow(2);
    const auto event = [&](std::uint64_t number, std::string origin) {
        Event made;
        made.sequence_number = {number};
        made.time = {1'700'000'000'000'000};
        made.origin = std::move(origin);
        made.body = SeatActivated{RandomEvents(5).seat()};
        return encode_event(made).value();
    };
    const std::string server_id = ledger.origin.server_id;
    const auto verdict = [&](Bytes stored) {
        const auto index = ledger.append_stored(std::move(stored));
        auto file = ledger.file(index);
        file.device_salt.emplace();
        return verify_activation_file(file, ledger.root);
    };
    CHECK(verdict(event(2, server_id + "/1")));
    CHECK(refused(verdict(event(2, server_id + "/1")), errc::not_included));  // its place is 3
    CHECK(refused(verdict(event(4, server_id + "/2")), errc::wrong_origin));
    CHECK(refused(verdict(event(5, std::string(32, 'a') + "/1")), errc::wrong_origin));
    CHECK(refused(verdict(Bytes{1, 2, 3}), errc::malformed_event));
}

TEST_CASE("activation file: what no writer would write is refused") {
    const Fixture fixture;
    const std::string good = fixture.file.text();
    const std::string extra_line = good.substr(23, good.find('\n', 23) - 23 + 1);
    const std::string index_line = "index 5\n";
    const auto proof_at = good.find(index_line) + index_line.size();
    const std::string proof_line = good.substr(proof_at, 45);
    REQUIRE(extra_line.starts_with("extra "));
    REQUIRE(ActivationFile::parse(good));
    std::string with_carriage_returns;
    for (const char c : good) with_carriage_returns += c == '\n' ? "\r\n" : std::string(1, c);
    for (const std::string& bad : {std::string(),
                                   with_carriage_returns,
                                   " " + good,
                                   "\n" + good,
                                   good + "\n",
                                   good + "x",
                                   good + good,
                                   replaced(good, "@v1", "@v2"),
                                   replaced(good, "c2sp", "C2SP"),
                                   replaced(good, extra_line, ""),
                                   replaced(good, extra_line, extra_line + extra_line),
                                   replaced(good, extra_line, "extra \n"),
                                   replaced(good, extra_line, "extra\n"),
                                   replaced(good, extra_line, "extra AAAA\n"),
                                   replaced(good, "extra ", "extra  "),
                                   replaced(good, "extra ", "Extra "),
                                   replaced(good, index_line, ""),
                                   replaced(good, index_line, index_line + index_line),
                                   replaced(good, index_line, "index 05\n"),
                                   replaced(good, index_line, "index +5\n"),
                                   replaced(good, index_line, "index 5 \n"),
                                   replaced(good, index_line, "index  5\n"),
                                   replaced(good, index_line, "index \n"),
                                   replaced(good, index_line, "index 18446744073709551615\n"),
                                   replaced(good, extra_line + index_line, index_line + extra_line),
                                   replaced(good, proof_line, "AAAA\n"),
                                   replaced(good, proof_line, " " + proof_line),
                                   replaced(good, proof_line, proof_line.substr(0, 43) + "\n"),
                                   replaced(good, proof_line, proof_line.substr(0, 44) + " \n"),
                                   replaced(good, proof_line, "\n" + proof_line),
                                   replaced(good, "\n\n", "\n"),
                                   replaced(good, "\n\n", "\n\n\n"),
                                   good.substr(0, good.size() - 1),
                                   good.substr(0, good.find("\n\n") + 2)}) {
        CAPTURE(bad);
        CHECK(refused(ActivationFile::parse(bad), errc::malformed_activation_file));
    }
    std::string long_proof = good;
    for (std::size_t i = fixture.file.proof.size(); i < proof_hashes_max; ++i) long_proof.insert(proof_at, proof_line);
    CHECK(ActivationFile::parse(long_proof));
    long_proof.insert(proof_at, proof_line);
    CHECK(refused(ActivationFile::parse(long_proof), errc::malformed_activation_file));
    CHECK(refused(ActivationFile::parse(std::string(activation_file_bytes_max + 1, 'a')), errc::too_large));
}

TEST_CASE("activation file: the extra line is a canonical Cap'n Proto message of the published schema") {
    const Fixture fixture;
    const std::string text = fixture.file.text();
    const Bytes extra = base64_decode(text.substr(29, text.find('\n', 23) - 29)).value();
    auto words = kj::heapArray<capnp::word>(extra.size() / sizeof(capnp::word));
    std::memcpy(words.asBytes().begin(), extra.data(), extra.size());
    capnp::FlatArrayMessageReader message(words);
    CHECK(message.isCanonical());
    const auto root = message.getRoot<wire::ActivationExtra>();
    const auto bytes = [](capnp::Data::Reader data) { return Bytes(data.begin(), data.end()); };
    CHECK(bytes(root.getEvent()) == fixture.file.event);
    REQUIRE(root.getCertificates().size() == 1);
    CHECK(bytes(root.getCertificates()[0]) == fixture.file.certificates[0]);
    REQUIRE(root.getAnnex().size() == fixture.file.annex.size());
    for (unsigned i = 0; i < root.getAnnex().size(); ++i) {
        CHECK(root.getAnnex()[i].getValue().cStr() == fixture.file.annex[i].value);
    }
    CHECK(bytes(root.getDeviceSalt()) == Bytes(32, 0x5a));
}

TEST_CASE("activation file: stays under 8 KiB at ten million events") {
    SampleLedger ledger(1);
    Seat seat;
    seat.license_id = std::string(40, 'l');
    seat.product = std::string(40, 'p');
    for (const char* kind : {"disk_serial", "mac", "mac_2", "machine_id", "smbios_uuid", "tpm_ek"})
        seat.components.push_back({kind, {}});
    seat.device_public_key = ledger.server_key.public_key().spki();
    seat.lease_ends = seat.grace_ends = {1'800'000'000'000'000};
    const auto index = ledger.append(SeatActivated{seat}, {{AnnexField::device_name, {}, std::string(64, 'n')},
                                                           {AnnexField::device_address, {}, std::string(45, '1')}});
    ActivationFile file = ledger.file(index);
    file.proof.resize(24);  // 2^24 is more than ten million
    CHECK(file.text().size() < 8 * 1024);
}

TEST_CASE("activation file: the largest event's file can be read again") {
    SampleLedger ledger(1);
    std::size_t size = event_bytes_max;
    while (true) {
        const LicenseImported body{"a", Bytes(size, 7)};
        Event event;
        event.origin = ledger.origin.text();
        event.body = body;
        const auto stored = encode_event(event);
        if (!stored) {
            size -= 8;
            continue;
        }
        ActivationFile file = ledger.file(ledger.append_stored(*stored));
        file.certificates.assign(chain_certificates_max, Bytes(certificate_bytes_max, 1));
        file.proof.resize(proof_hashes_max);
        CHECK(ActivationFile::parse(file.text()).value().text() == file.text());
        break;
    }
}
