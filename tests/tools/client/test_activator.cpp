#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/tools/client/fake_server.hpp"
#include "tools/client/activator.hpp"
#include "tools/client/errc.hpp"
#include "tools/client/small_file.hpp"

using namespace client;
using support::FakeLedger;
using support::FakeRequest;
using support::FakeServer;

namespace {

/// A desktop with a state folder of its own.
class Desktop {
 public:
    Desktop(const FakeLedger& ledger, const std::vector<std::string>& addresses)
        : root_(ledger.ledger.root), state_(folder_.path() / "state") {
        for (const auto& address : addresses) settings.servers.push_back(ServerAddress::parse(address).value());
        settings.product = "vdi-desktop";
        settings.vendor_root = "unused";
        settings.device_name = "PC-1";
        folder_.write("enrolment.key", std::string_view("ek1.secret\n"));
        settings.enrolment_key_file = folder_ / "enrolment.key";
    }
    [[nodiscard]] Activator activator() {
        return Activator(settings, state_, components, root_, ledger::Language::chinese, limits, stop);
    }
    [[nodiscard]] Attempt<Outcome> activate() { return activator().activate(); }
    [[nodiscard]] Attempt<Outcome> renew() { return activator().renew(); }
    [[nodiscard]] const StateFolder& state() const { return state_; }

    Settings settings;
    std::vector<ledger::RawComponent> components{{"mac", "525400123456"},
                                                 {"machine_id", "3d1219c7c4c5404aaa1f6d2a48adfda4"}};
    HttpLimits limits;
    std::atomic<bool> stop{false};

 private:
    support::TemporaryFolder folder_;
    ledger::Certificate root_;
    StateFolder state_;
};

template <class T>
std::string_view code(const Attempt<T>& attempt) {
    return attempt ? "success" : attempt.error().error.stable_code();
}

bool secret_was_sent(const FakeLedger& ledger) {
    return std::ranges::any_of(ledger.requests, [](const FakeRequest& r) {
        return !r.authorization.empty() || r.path.starts_with("/v1/activations");
    });
}

}  // namespace

TEST_CASE("client: a desktop activates over a self-made certificate, and gets the same file back ever after",
          "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    const auto first = desktop.activate();
    REQUIRE(code(first) == "success");
    CHECK(first->new_seat);
    CHECK(!first->witness_failure);
    CHECK(ledger.requests[0].path == "/v1/tls-proof");
    CHECK(ledger.requests[0].authorization.empty());
    CHECK(ledger.requests[1].accept_language == "zh-CN");
    const auto stored = desktop.state().activation();
    REQUIRE(stored);
    CHECK(desktop.state().pins().server_id == ledger.ledger.origin.server_id);
    CHECK(desktop.state().checkpoint());

    const auto again = desktop.activate();
    REQUIRE(code(again) == "success");
    CHECK(!again->new_seat);
    CHECK(desktop.state().activation() == stored);
}

TEST_CASE("client: a reset desktop gets its seat and file back by its components, and renews without its old key",
          "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop before(ledger, {server.address()});
    REQUIRE(code(before.activate()) == "success");
    Desktop after(ledger, {server.address()});
    const auto back = after.activate();
    REQUIRE(code(back) == "success");
    CHECK(!back->new_seat);
    CHECK(after.state().activation() == before.state().activation());
    CHECK(code(after.renew()) == "success");
    CHECK(code(after.activator().release()) == "client-device-key-lost");
}

TEST_CASE("client: renewal and release prove the device key over a fresh challenge", "[system]") {
    FakeLedger ledger;
    ledger.lease_ends = wall_clock() + ledger::day * 30;
    ledger.renew_after = wall_clock() + ledger::day * 20;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    REQUIRE(code(desktop.activate()) == "success");
    CHECK(desktop.state().pins().renew_after == ledger.renew_after);
    ledger.lease_ends = wall_clock() + ledger::day * 60;
    const auto renewed = desktop.renew();
    REQUIRE(code(renewed) == "success");
    CHECK(renewed->file.seat().lease_ends == ledger.lease_ends);
    CHECK(check_file(*desktop.state().activation(), ledger.ledger.root)->seat().lease_ends == ledger.lease_ends);
    REQUIRE(code(desktop.activator().release()) == "success");
    CHECK(!desktop.state().activation());
    CHECK(code(desktop.renew()) == "client-not-activated");
}

TEST_CASE("client: a renewal after the server has opened a new incarnation finds the origin by itself", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    REQUIRE(code(desktop.activate()) == "success");
    ledger.ledger.origin.incarnation = 2;
    CHECK(code(desktop.renew()) == "success");
}

TEST_CASE("client: nothing secret goes to a server that cannot prove its certificate", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    SECTION("the proof is for another certificate") {
        ledger.log_tls_certificate(ledger::Digest{});
        CHECK(code(desktop.activate()) == "client-tls-proof-other");
    }
    SECTION("there is no proof") {
        ledger.instead = [](const FakeRequest&) { return support::problem(404, "not-found", "No."); };
        CHECK(code(desktop.activate()) == "client-tls-proof-missing");
    }
    SECTION("it is a proof of another kind of event") {
        ledger.tls_event = {0};
        CHECK(code(desktop.activate()) == "client-tls-proof-other");
    }
    SECTION("the proof is under another vendor's root") {
        FakeLedger other(99);
        other.log_tls_certificate(server.fingerprint());
        ledger.instead = [&](const FakeRequest&) { return other.answer({"GET", "/v1/tls-proof", "", "", ""}); };
        CHECK(code(desktop.activate()) == "certificate-untrusted");
    }
    SECTION("another server of the same vendor is not the pinned one") {
        desktop.settings.server_id = std::string(32, 'a');
        CHECK(code(desktop.activate()) == "client-server-other");
    }
    SECTION("only a CA is trusted") {
        desktop.settings.tls_trust = TlsTrust::authority;
        CHECK(code(desktop.activate()) == "client-tls-untrusted");
    }
    CHECK(!secret_was_sent(ledger));
}

TEST_CASE("client: a certificate that was replaced is not trusted again", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    const auto old_event = ledger.tls_event;
    ledger.log_tls_certificate(server.fingerprint());  // the newer event, of which the desktop hears
    Desktop desktop(ledger, {server.address()});
    REQUIRE(code(desktop.activate()) == "success");
    ledger.requests.clear();
    ledger.tls_event = old_event;
    CHECK(code(desktop.activate()) == "client-tls-proof-outdated");
    CHECK(!secret_was_sent(ledger));
}

TEST_CASE("client: a CA's certificate is trusted without a proof, when it fits the name", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    const support::TemporaryFolder folder;
    folder.write("ca.pem", server.certificate_pem());
    Desktop desktop(ledger, {server.address()});
    desktop.settings.tls_trust = TlsTrust::authority;
    desktop.settings.ca_file = folder / "ca.pem";
    REQUIRE(code(desktop.activate()) == "success");
    CHECK(ledger.requests[0].path == "/v1/activations");
    auto by_name = server.address();
    by_name.replace(by_name.find("127.0.0.1"), 9, "localhost");
    Desktop named(ledger, {by_name});
    named.settings.tls_trust = TlsTrust::authority;
    named.settings.ca_file = folder / "ca.pem";
    CHECK(code(named.activate()) == "client-tls-untrusted");
}

TEST_CASE("client: plain HTTP is refused before anything is sent, unless it is allowed", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger, FakeServer::Transport::plain);
    Desktop desktop(ledger, {server.address()});
    CHECK(code(desktop.activate()) == "client-plain-http-refused");
    CHECK(ledger.requests.empty());
    desktop.settings.allow_plain_http = true;
    CHECK(code(desktop.activate()) == "success");
}

TEST_CASE("client: a server that is away or busy is passed over, one that refuses is not", "[system]") {
    FakeLedger busy(7);
    busy.instead = [](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
        if (r.path == "/v1/tls-proof") return std::nullopt;
        auto answer = support::problem(503, "signer-unavailable", "The HSM does not answer.");
        answer.headers.emplace_back("Retry-After", "7");
        return answer;
    };
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {"https://127.0.0.1:1", server.address()});
    const auto outcome = desktop.activate();
    REQUIRE(code(outcome) == "success");
    CHECK(outcome->server == server.address());

    const FakeServer busy_server(busy);
    Desktop waiting(busy, {"https://127.0.0.1:1", busy_server.address()});
    const auto refused = waiting.activate();
    REQUIRE(code(refused) == "client-server-busy");
    CHECK(refused.error().retry_after == std::chrono::seconds(7));
    CHECK(refused.error().error.sentence(ledger::Language::english).find("The HSM does not answer.") !=
          std::string::npos);

    ledger.requests.clear();
    ledger.instead = [](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
        if (r.path == "/v1/tls-proof") return std::nullopt;
        return support::problem(409, "quota-reached", "All 100 seats are taken.");
    };
    Desktop last(ledger, {server.address(), "https://127.0.0.1:1"});
    CHECK(code(last.activate()) == "client-server-refused");
}

TEST_CASE("client: an answer that is not whole, not true or not for this machine is never stored", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    const auto changed = [&](std::string_view from, std::string_view to) {
        return [=](std::string& body) {
            const auto at = body.find(from);
            REQUIRE(at != body.npos);
            body.replace(at, from.size(), to);
        };
    };
    SECTION("cut off") {
        ledger.tamper = [](std::string& body) { body.resize(body.size() / 2); };
        CHECK(code(desktop.activate()) == "client-answer-malformed");
    }
    SECTION("another state of the lease than the file's") {
        ledger.tamper = changed("\"kind\":\"perpetual\"",
                                "\"kind\":\"days\",\"ends_at\":\"2030-01-01T00:00:00.000000Z\",\"grace_ends_at\":"
                                "\"2030-01-01T00:00:00.000000Z\",\"renew_after\":\"2029-01-01T00:00:00.000000Z\"");
        CHECK(code(desktop.activate()) == "client-answer-mismatch");
    }
    SECTION("another product") {
        ledger.tamper = changed("\"product\":\"vdi-desktop\"", "\"product\":\"other\"");
        CHECK(code(desktop.activate()) == "client-answer-mismatch");
    }
    SECTION("a file with a changed byte") {
        ledger.tamper = [](std::string& body) {
            const auto at = body.find("extra ") + 400;
            body[at] = body[at] == 'A' ? 'B' : 'A';
        };
        CHECK(code(desktop.activate()) != "success");
    }
    SECTION("another machine's seat") {
        Desktop other(ledger, {server.address()});
        other.components = {{"mac", "001122334455"}, {"machine_id", "ffffffffffffffffffffffffffffffff"}};
        REQUIRE(code(other.activate()) == "success");
        const auto request = ledger.requests.back();
        auto answer = ledger.answer(request);
        ledger.instead = [&](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
            return r.path == "/v1/activations" ? std::optional(answer) : std::nullopt;
        };
        CHECK(code(desktop.activate()) == "client-device-other");
    }
    SECTION("endless") {
        ledger.tamper = [](std::string& body) { body.resize(2'000'000, ' '); };
        CHECK(code(desktop.activate()) == "client-answer-too-large");
    }
    SECTION("somewhere else") {
        ledger.instead = [](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
            if (r.path == "/v1/tls-proof") return std::nullopt;
            return support::FakeAnswer{307, "", {{"Location", "https://evil.example/v1/activations"}}};
        };
        CHECK(code(desktop.activate()) == "client-redirect-refused");
    }
    SECTION("hung up") {
        ledger.instead = [](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
            if (r.path == "/v1/tls-proof") return std::nullopt;
            return support::FakeAnswer{0, "", {}};
        };
        CHECK(code(desktop.activate()) == "client-server-unreachable");
    }
    CHECK(!desktop.state().activation());
}

TEST_CASE("client: a silent server is given up after the limit, and at once when told to stop", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    ledger.instead = [](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
        if (r.path == "/v1/tls-proof") return std::nullopt;
        std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
        return support::FakeAnswer{0, "", {}};
    };
    SECTION("limit") {
        desktop.limits.answer = std::chrono::seconds(1);
        CHECK(code(desktop.activate()) == "client-server-silent");
    }
    SECTION("stop") {
        std::thread stopper([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            desktop.stop = true;
        });
        const auto begun = std::chrono::steady_clock::now();
        CHECK(code(desktop.activate()) == "client-interrupted");
        CHECK(std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(1'200));
        stopper.join();
    }
}

TEST_CASE("client: the largest head is remembered, also when the answer brings no proof", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    REQUIRE(code(desktop.activate()) == "success");
    const auto first = ledger::SignedCheckpoint::parse(*desktop.state().checkpoint())->checkpoint.head.size;
    ledger.ledger.grow(5);
    ledger.announces_consistency = GENERATE(true, false);
    REQUIRE(code(desktop.renew()) == "success");
    const auto second = ledger::SignedCheckpoint::parse(*desktop.state().checkpoint())->checkpoint.head.size;
    CHECK(second.value == first.value + 6);
    ledger.ledger.grow(2);
    const auto visited = desktop.activator().visit();
    REQUIRE(code(visited) == "success");
    CHECK(!visited->contradicted());
    CHECK(ledger::SignedCheckpoint::parse(*desktop.state().checkpoint())->checkpoint.head.size.value ==
          second.value + 2);
}

TEST_CASE("client: a server that does not know the key of a head is shown its certificates, and no other one",
          "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    REQUIRE(code(desktop.activate()) == "success");
    const std::vector<ledger::Bytes> chain{ledger.ledger.server_certificate.der()};
    CHECK(desktop.state().checkpoint_certificates() == chain);
    ledger.requests.clear();
    REQUIRE(code(desktop.activator().visit()) == "success");
    REQUIRE(code(desktop.activate()) == "success");
    const auto showing = [&] {
        std::vector<std::string> bodies;
        for (const FakeRequest& request : ledger.requests) {
            if (request.body.find("\"checkpoint\"") != std::string::npos) bodies.push_back(request.body);
        }
        return bodies;
    };
    const std::string member = "\"certificates\":[\"" + ledger::base64_encode(chain[0]) + "\"]";
    CHECK(showing().size() == 2);
    for (const std::string& body : showing()) CHECK(body.find("certificates") == std::string::npos);

    std::string code_then = "checkpoint-unknown";
    ledger.instead = [&](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
        if (r.body.find("\"checkpoint\"") == std::string::npos) return std::nullopt;
        if (r.body.find(member) == std::string::npos) return support::problem(422, "key-unknown", "Not this key.");
        return support::problem(code_then == "checkpoint-unknown" ? 409 : 422, code_then, "Unknown.");
    };
    ledger.requests.clear();
    SECTION("the head is evidence against it") {
        CHECK(code(desktop.activator().visit()) == "client-history-contradiction");
        CHECK(showing().size() == 2);
        CHECK(code(desktop.activate()) == "client-history-contradiction");
        CHECK(showing().size() == 4);
        CHECK(code(desktop.renew()) == "client-history-contradiction");
        CHECK(desktop.state().has_evidence());
    }
    SECTION("they do not help") {
        code_then = "key-unknown";
        CHECK(code(desktop.activate()) == "client-server-refused");
        CHECK(showing().size() == 2);
        CHECK_FALSE(desktop.state().has_evidence());
    }
    SECTION("those that are kept are of another key: the activation file has the right ones") {
        const auto other = ledger::PrivateKey::generate();
        const auto certificate = ledger::issue_server_certificate(ledger.ledger.root, ledger.ledger.root_key,
                                                                  other.public_key(), ledger.ledger.origin.server_id);
        REQUIRE(desktop.state().store_checkpoint(*desktop.state().checkpoint(),
                                                 std::vector<ledger::Bytes>{certificate.der()}));
        CHECK(code(desktop.activator().visit()) == "client-history-contradiction");
        CHECK(showing().back().find(member) != std::string::npos);
    }
    SECTION("none are of the key that signed the head: none are sent") {
        const auto head = ledger::SignedCheckpoint::parse(*desktop.state().checkpoint())->checkpoint;
        auto signer = ledger::PrivateKey::generate();
        const auto note = ledger::sign_note(ledger.ledger.suite, head.body(), head.origin.text(), signer).value();
        REQUIRE(desktop.state().store_checkpoint(note, chain));
        CHECK(code(desktop.activate()) == "client-server-refused");
        CHECK(showing().size() == 1);
    }
}

TEST_CASE("client: a server that was set back or rewrote its history is caught, and the evidence kept", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    REQUIRE(code(desktop.activate()) == "success");
    const auto remembered = *desktop.state().checkpoint();
    const auto size = ledger.ledger.size().value;

    SECTION("its own refusal of the head") {
        ledger.instead = [&](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
            if (r.path != "/v1/checkpoints/consistency") return std::nullopt;
            return support::problem(409, "checkpoint-unknown", "This tree is not known.");
        };
        CHECK(code(desktop.activator().visit()) == "client-history-contradiction");
    }
    SECTION("a proof that does not hold") {
        ledger.ledger.grow(4);
        ledger.instead = [&](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
            if (r.path != "/v1/checkpoints/consistency") return std::nullopt;
            return support::FakeAnswer{200,
                                       "{\"consistency\":{\"old_size\":" + std::to_string(size) +
                                           ",\"new_size\":" + std::to_string(size + 4) + ",\"checkpoint\":\"" +
                                           [&] {
                                               auto note = ledger.ledger.checkpoint();
                                               for (std::size_t at = 0; (at = note.find('\n', at)) != note.npos;
                                                    at += 2)
                                                   note.replace(at, 1, "\\n");
                                               return note;
                                           }() +
                                           "\",\"proof\":[]}}",
                                       {}};
        };
        const auto visited = desktop.activator().visit();
        REQUIRE(code(visited) == "success");
        REQUIRE(visited->contradicted());
        const auto evidence = read_small_file(visited->evidence);
        REQUIRE(evidence);
        CHECK(evidence->find(remembered) != std::string::npos);
        CHECK(evidence->find(ledger.ledger.checkpoint().substr(0, 60)) != std::string::npos);
    }
    CHECK(desktop.state().has_evidence());
    CHECK(desktop.state().checkpoint() == remembered);  // what was seen is not forgotten
}

TEST_CASE("client: an older file of the same seat does not replace a newer one", "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    REQUIRE(code(desktop.activate()) == "success");
    const auto request = ledger.requests.back();
    const auto first_answer = ledger.answer(request);
    REQUIRE(code(desktop.renew()) == "success");
    const auto newer = desktop.state().activation();
    ledger.instead = [&](const FakeRequest& r) -> std::optional<support::FakeAnswer> {
        return r.path == "/v1/activations" ? std::optional(support::FakeAnswer{200, first_answer.body, {}})
                                           : std::nullopt;
    };
    // What the first activation was answered with, played back.
    const auto before = ledger.requests.size();
    CHECK(code(desktop.activate()) != "success");
    CHECK(ledger.requests.size() > before);
    CHECK(desktop.state().activation() == newer);
}

TEST_CASE("client: a clone that kept key and file is another machine as soon as none of its components agrees",
          "[system]") {
    FakeLedger ledger;
    const FakeServer server(ledger);
    Desktop desktop(ledger, {server.address()});
    const auto outcome = desktop.activate();
    REQUIRE(code(outcome) == "success");
    const auto spki = (*desktop.state().device_key())->spki();
    const auto is_this = [&](const std::vector<ledger::RawComponent>& components, ledger::ByteView key) {
        return match_device(outcome->file, components, key).is_this_machine();
    };
    CHECK(is_this(desktop.components, spki));
    CHECK(is_this({desktop.components[0]}, spki));
    CHECK(is_this({desktop.components[0]}, {}));
    CHECK(!is_this({{"mac", "00aabbccddee"}}, spki));
    CHECK(!is_this({{"mac", "00aabbccddee"}}, {}));
    CHECK(!is_this({}, {}));
}
