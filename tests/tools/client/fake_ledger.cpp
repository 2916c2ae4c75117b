#include <boost/json.hpp>

#include "ledger/core/time_text.hpp"
#include "tests/tools/client/fake_server.hpp"
#include "tools/client/auth_challenge.hpp"
#include "tools/client/device_key.hpp"

namespace support {

namespace json = boost::json;

FakeAnswer problem(unsigned status, const std::string& code, const std::string& detail) {
    return {
        status,
        json::serialize(json::value{{"code", code}, {"title", code}, {"detail", detail}, {"remedy", "Do something."}}),
        {{"Content-Type", "application/problem+json"}}};
}

namespace {

ledger::Components hashed(const json::value& components) {
    std::vector<ledger::RawComponent> raw;
    for (const auto& component : components.as_array()) {
        raw.push_back(
            {json::value_to<std::string>(component.at("kind")), json::value_to<std::string>(component.at("value"))});
    }
    ledger::DeviceSalt salt;
    salt.fill(0x5a);  // SampleLedger's
    return ledger::hash_components(ledger::default_suite(), salt, raw).value();
}

json::value lease_json(const ledger::Seat& seat, ledger::Timestamp renew_after) {
    if (seat.lease_ends.us == 0) return {{"kind", "perpetual"}};
    return {{"kind", "days"},
            {"ends_at", ledger::time_text(seat.lease_ends)},
            {"grace_ends_at", ledger::time_text(seat.grace_ends)},
            {"renew_after", ledger::time_text(renew_after)}};
}

}  // namespace

void FakeLedger::log_tls_certificate(const ledger::Digest& fingerprint) {
    tls_event = ledger.append(ledger::TlsCertificateChanged{fingerprint});
}

FakeAnswer FakeLedger::answer(const FakeRequest& request) {
    requests.push_back(request);
    if (instead) {
        if (auto other = instead(request)) return *std::move(other);
    }
    if (request.path == "/v1/tls-proof") return {200, ledger.file(tls_event).text(), {}};
    if (request.path == "/v1/checkpoint") return {200, ledger.checkpoint(), {}};
    if (request.path == "/v1/activations") return activate(request);
    if (request.path == "/v1/checkpoints/consistency") return consistency(request);
    return on_activation(request);
}

FakeAnswer FakeLedger::seat_answer(unsigned status, const Held& held, const std::string& checkpoint) {
    json::object answer{{"activation",
                         {{"id", held.seat.activation_id.text()},
                          {"index", held.index.value},
                          {"product", held.seat.product},
                          {"license_id", held.seat.license_id},
                          {"activated_at", ledger::time_text({0})},
                          {"state", held.released ? "released" : "active"},
                          {"lease", lease_json(held.seat, renew_after)}}}};
    if (!held.released) answer["file"] = held.file;
    if (!checkpoint.empty() && announces_consistency) {
        const auto old = ledger::SignedCheckpoint::parse(checkpoint).value().checkpoint.head.size;
        json::array proof;
        for (const auto& hash : ledger.consistency(old)) proof.emplace_back(ledger::base64_encode(hash.view()));
        answer["consistency"] = {{"old_size", old.value},
                                 {"new_size", ledger.size().value},
                                 {"checkpoint", ledger.checkpoint()},
                                 {"proof", std::move(proof)}};
    }
    auto body = json::serialize(answer);
    if (tamper) tamper(body);
    return {status, std::move(body), {}};
}

FakeAnswer FakeLedger::activate(const FakeRequest& request) {
    if (!enrolment_key.empty() && request.authorization != "Bearer " + enrolment_key) {
        return problem(401, "enrolment-key-invalid", "The enrolment key is not valid.");
    }
    const auto body = json::parse(request.body);
    const auto components = hashed(body.at("device").at("components"));
    const auto checkpoint =
        body.as_object().contains("checkpoint") ? json::value_to<std::string>(body.at("checkpoint")) : "";
    for (auto& [id, held] : seats_) {
        if (!held.released && held.seat.components == components) return seat_answer(200, held, checkpoint);
    }
    Held held;
    ledger::fill_random(held.seat.activation_id.bytes);
    held.seat.license_id = "L-1";
    held.seat.product = json::value_to<std::string>(body.at("product"));
    held.seat.components = components;
    held.seat.device_public_key =
        ledger::base64_decode(json::value_to<std::string>(body.at("device").at("public_key"))).value();
    held.seat.lease_ends = lease_ends;
    held.seat.grace_ends = lease_ends.us == 0 ? lease_ends : lease_ends + ledger::day * 7;
    held.index = ledger.append(ledger::SeatActivated{held.seat});
    held.file = ledger.file(held.index).text();
    const auto id = held.seat.activation_id.text();
    return seat_answer(201, seats_[id] = held, checkpoint);
}

bool FakeLedger::proves_key(const FakeRequest& request, Held& held) {
    const auto at = request.authorization.find("signature=\"");
    if (at == std::string::npos || held.challenge.empty()) return false;
    const auto text = request.authorization.substr(at + 11, request.authorization.size() - at - 12);
    const auto challenge = std::exchange(held.challenge, "");  // good once
    if (!request.authorization.starts_with("Device challenge=\"" + challenge + "\", ")) return false;
    const auto key = ledger::PublicKey::from_spki(ledger::SuiteId::p256_sha256, held.seat.device_public_key).value();
    const auto proof =
        client::device_proof_text({request.method, request.path, ledger.origin.text(), challenge, request.body});
    const auto signature = ledger::base64_decode(text);
    return signature && key.verify(ledger::as_bytes(proof), *signature);
}

void FakeLedger::renew(Held& held) {
    held.seat.lease_ends = lease_ends;
    held.seat.grace_ends = lease_ends.us == 0 ? lease_ends : lease_ends + ledger::day * 7;
    held.index = ledger.append(ledger::SeatRenewed{held.seat});
    held.file = ledger.file(held.index).text();
}

FakeAnswer FakeLedger::on_activation(const FakeRequest& request) {
    constexpr std::string_view prefix = "/v1/activations/";
    if (!request.path.starts_with(prefix)) return problem(404, "not-found", "No such resource.");
    const auto found = seats_.find(request.path.substr(prefix.size(), 26));
    if (found == seats_.end()) return problem(404, "activation-unknown", "There is no such activation.");
    auto& held = found->second;
    const bool by_pool = request.authorization == "Bearer " + enrolment_key && request.method == "POST" &&
                         hashed(json::parse(request.body).at("components")) == held.seat.components;
    if (!by_pool && !proves_key(request, held)) {
        held.challenge = "challenge-" + std::to_string(requests.size());
        auto refused = problem(401, "device-proof-needed", "Prove the device key.");
        refused.headers.emplace_back("WWW-Authenticate",
                                     "Device challenge=\"" + held.challenge + "\", algorithm=\"ES256\"");
        return refused;
    }
    if (request.method == "DELETE") {
        held.released = true;
        ledger.append(ledger::SeatReleased{held.seat.activation_id});
        return seat_answer(200, held, "");
    }
    if (held.released) return problem(409, "activation-released", "The seat was given back.");
    renew(held);
    const auto body = json::parse(request.body);
    return seat_answer(
        200, held, body.as_object().contains("checkpoint") ? json::value_to<std::string>(body.at("checkpoint")) : "");
}

FakeAnswer FakeLedger::consistency(const FakeRequest& request) {
    const auto note = json::value_to<std::string>(json::parse(request.body).at("checkpoint"));
    const auto old = ledger::SignedCheckpoint::parse(note).value().checkpoint.head.size;
    if (old > ledger.size()) return problem(409, "checkpoint-unknown", "This tree is not known.");
    json::array proof;
    for (const auto& hash : ledger.consistency(old)) proof.emplace_back(ledger::base64_encode(hash.view()));
    return {200,
            json::serialize(json::value{{"consistency",
                                         {{"old_size", old.value},
                                          {"new_size", ledger.size().value},
                                          {"checkpoint", ledger.checkpoint()},
                                          {"proof", std::move(proof)}}}}),
            {}};
}

}  // namespace support
