#include <boost/json.hpp>

#include "tests/support/result_text.hpp"
#include "tools/client/activation_answer.hpp"
#include "tools/client/auth_challenge.hpp"
#include "tools/client/device_key.hpp"
#include "tools/client/errc.hpp"

using namespace client;

namespace {

const std::string good =
    R"({"activation":{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","index":17,"product":"vdi","license_id":"L1",
"activated_at":"2026-11-23T10:00:00.123456Z","state":"active","lease":{"kind":"days","ends_at":"2026-12-23T10:00:00.000000Z",
"grace_ends_at":"2026-12-30T10:00:00.000000Z","renew_after":"2026-12-13T10:00:00.000000Z"}},"file":"c2sp.org/tlog-proof@v1\n",
"consistency":{"old_size":3,"new_size":18,"checkpoint":"note\n","proof":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]},"new":1})";

std::string with(std::string_view from, std::string_view to) {
    auto text = good;
    const auto at = text.find(from);
    REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("answer: what is wanted is read, and what is not known is passed over") {
    const auto answer = parse_activation_answer(good, "https://a:1");
    REQUIRE(answer);
    CHECK(answer->index == 17);
    CHECK(answer->lease.ends_at.us - answer->lease.renew_after.us == 10 * ledger::day.us);
    CHECK(answer->file == "c2sp.org/tlog-proof@v1\n");
    REQUIRE(answer->consistency);
    CHECK(answer->consistency->new_size.value == 18);
    CHECK(answer->consistency->proof.size() == 1);
}

TEST_CASE("answer: anything missing, of another type or not in its one form is refused") {
    const auto bad = GENERATE_COPY(
        std::string(), std::string("[]"), std::string(100, '['), good.substr(0, good.size() / 2),
        with("\"index\":17", "\"index\":-1"), with("\"index\":17", "\"index\":1.5"), with("\"index\":17", "\"i\":17"),
        with("aaaaaaaaaaaaaaaaaaaaaaaaaa", "../../v1/admin/settings/aaa"), with("\"days\"", "\"weeks\""),
        with("2026-12-23T10:00:00.000000Z", "2026-12-23"), with("\"proof\":[\"A", "\"proof\":[\"!"),
        with("\"file\":\"", "\"file\":7,\"x\":\""), with("\"old_size\":3", "\"old_size\":\"3\""));
    CAPTURE(bad);
    const auto refused = parse_activation_answer(bad, "https://a:1");
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::answer_malformed);
}

TEST_CASE("problem: the server's words reach the person, without what a terminal would obey") {
    const auto problem = parse_problem(
        R"({"code":"quota-reached","title":"Quota","detail":"All \u001b[2J100 seats\nare taken.","remedy":"Wait."})");
    REQUIRE(problem);
    CHECK(problem->code == "quota-reached");
    CHECK(problem->sentence == "All  [2J100 seats are taken.");
    CHECK(problem->remedy == "Wait.");
    CHECK(!parse_problem("<html>502</html>"));
    CHECK(!parse_problem("{}"));
    CHECK(parse_problem(R"({"code":"c","title":"T"})")->sentence == "T");
    const auto endless = parse_problem(R"({"code":"c","detail":")" + [] {
        std::string text;
        for (int i = 0; i < 1'000; ++i) text += "席";
        return text;
    }() + "\"}");
    REQUIRE(endless);
    CHECK(endless->sentence.size() == 999);  // cut between two characters
}

TEST_CASE("challenge: it is found among other schemes, and nothing is guessed") {
    CHECK(parse_device_challenge("Device challenge=\"abc-_\", algorithm=\"ES256\"") == "abc-_");
    CHECK(parse_device_challenge("Bearer realm=\"x, y\", Device algorithm=ES256 , challenge=abc") == "abc");
    CHECK(parse_device_challenge("device Challenge=\"a\",ALGORITHM=\"ES256\", extra=\"1\"") == "a");
    for (const auto* bad :
         {"", "Device", "Device challenge=\"abc\"", "Device challenge=\"abc\", algorithm=\"none\"",
          "Bearer challenge=\"abc\", algorithm=\"ES256\"",
          "Device challenge=\"a\", challenge=\"b\", algorithm=\"ES256\"",
          "Device challenge=\"a b\", algorithm=\"ES256\"", "Device challenge=\"\", algorithm=\"ES256\"",
          "Device challenge=\"abc, algorithm=\"ES256\"", "Device challenge=\"a\\", "\"", "=,="}) {
        CAPTURE(bad);
        CHECK(!parse_device_challenge(bad));
    }
    CHECK(!parse_device_challenge("Device algorithm=\"ES256\", challenge=\"" + std::string(513, 'a') + "\""));
}

TEST_CASE("device key: it survives its file, signs what the server checks, and a damaged file is told") {
    const auto key = DeviceKey::generate();
    const auto again = DeviceKey::from_pem(key.pem(), "device.key");
    REQUIRE(again);
    CHECK(again->spki() == key.spki());
    const auto text = device_proof_text({"POST", "/v1/activations/x/renewals", "id/1", "abc", "{}"});
    CHECK(text ==
          "actledger-device-proof/1\nPOST\n/v1/activations/x/renewals\nid/1\nabc\n"
          "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n");
    const auto public_key = ledger::PublicKey::from_spki(ledger::SuiteId::p256_sha256, key.spki());
    REQUIRE(public_key);
    CHECK(public_key->verify(ledger::as_bytes(text), again->sign(text)));
    CHECK(!public_key->verify(ledger::as_bytes(text + "x"), again->sign(text)));
    auto damaged = key.pem();
    damaged[60] = damaged[60] == 'A' ? 'B' : 'A';
    damaged[61] = '!';
    CHECK(DeviceKey::from_pem(damaged, "device.key").error().code == errc::key_damaged);
    CHECK(DeviceKey::from_pem("", "device.key").error().code == errc::key_damaged);
}

TEST_CASE("request: an activation names product, device and checkpoint, a renewal what has changed") {
    const auto activation =
        boost::json::parse(activation_body({"vdi", "PC-1", {{"mac", "aa"}}, {1, 2, 3}, "note\n", "file\n"}));
    CHECK(activation.at("product") == "vdi");
    CHECK(activation.at("device").at("name") == "PC-1");
    CHECK(activation.at("device").at("components").at(0).at("value") == "aa");
    CHECK(activation.at("device").at("public_key") == "AQID");
    CHECK(activation.at("checkpoint") == "note\n");
    CHECK(activation.at("adopt") == "file\n");
    const auto renewal = boost::json::parse(renewal_body({"vdi", "PC-1", {{"mac", "aa"}}, {1}, "", ""})).as_object();
    CHECK(renewal.size() == 1);
    CHECK(renewal.contains("components"));
}
