#include "ledger/core/errc.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_request.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ledger;

namespace {

struct Fixture {
    PrivateKey hsm = PrivateKey::generate();
    std::string server_id = derive_server_id(default_suite(), hsm.public_key());
    std::string good = make_license_request({server_id, "vdi-desktop", 100}, hsm).value();
};

std::string refusal(const std::string& req) {
    const auto request = verify_license_request(req);
    return request ? "(accepted)" : std::string(request.error().stable_code());
}

/// A signer whose signatures are somebody else's.
struct Impostor final : Signer {
    explicit Impostor(const PublicKey& claimed) : claimed_key(claimed) {}
    [[nodiscard]] const PublicKey& public_key() const override { return claimed_key; }
    [[nodiscard]] Result<Bytes> sign(ByteView message) override { return own.sign(message); }
    PublicKey claimed_key;
    PrivateKey own = PrivateKey::generate();
};

struct DeadSigner final : Signer {
    explicit DeadSigner(const PublicKey& of) : key(of) {}
    [[nodiscard]] const PublicKey& public_key() const override { return key; }
    [[nodiscard]] Result<Bytes> sign(ByteView) override { return Error{errc::signer_unavailable}; }
    PublicKey key;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "request: what the server asks for is what the vendor reads", "[request]") {
    const auto verified = verify_license_request(good);
    REQUIRE(verified);
    CHECK(verified->request.server_id == server_id);
    CHECK(verified->request.product == "vdi-desktop");
    CHECK(verified->request.quantity == 100);
    CHECK(verified->server_key == hsm.public_key());
    const auto most = make_license_request({server_id, std::string(64, 'p'), license_quantity_max}, hsm);
    CHECK(verify_license_request(most.value()));
}

TEST_CASE_METHOD(Fixture, "request: stock openssl verifies it and prints the attributes", "[request][openssl]") {
    const support::TemporaryFolder folder;
    folder.write("a.req", good);
    const auto shown = support::run("openssl req -verify -noout -text -in " + support::quoted(folder / "a.req"));
    INFO(shown.output);
    CHECK(shown.exit_code == 0);
    CHECK(shown.output.find("erify") != std::string::npos);
    CHECK(shown.output.find("vdi-desktop") != std::string::npos);
    CHECK(shown.output.find(server_id) != std::string::npos);
    // Its armour is openssl's own.
    CHECK(support::run("openssl req -in " + support::quoted(folder / "a.req")).output == good);
}

TEST_CASE_METHOD(Fixture, "request refused: not signed by the key that it names", "[request][refusal]") {
    Impostor impostor(hsm.public_key());
    const auto forged = make_license_request({server_id, "vdi-desktop", 100}, impostor);
    const auto verified = verify_license_request(forged.value());
    REQUIRE_FALSE(verified);
    CHECK(verified.error().code == license_file::errc::request_signature_bad);
    CHECK(verified.error().sentence(Language::english).find(server_id) != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "request refused: any other spelling", "[request][refusal]") {
    CHECK(refusal("") == "request-malformed");
    CHECK(refusal("\n" + good) == "request-malformed");
    CHECK(refusal(good + "\n") == "request-malformed");
    CHECK(refusal(good + good) == "request-malformed");
    CHECK(refusal(good.substr(0, good.size() - 1)) == "request-malformed");
    CHECK(refusal(good + std::string(license_request_bytes_max, ' ')) == "too-large");
    std::string carriage_returns = good;
    for (std::size_t i = 0; (i = carriage_returns.find('\n', i)) != std::string::npos; i += 2) {
        carriage_returns.insert(i, "\r");
    }
    CHECK(refusal(carriage_returns) == "request-malformed");
    // An ordinary PKCS#10 request, with none of our attributes.
    const auto ordinary = support::run(
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=" + server_id +
        " 2>/dev/null");
    CHECK(refusal(ordinary.output) == "request-malformed");
}

TEST_CASE_METHOD(Fixture, "request: every changed character is refused", "[request][refusal]") {
    const auto body = good.find('\n') + 1;
    for (std::size_t i = body; i < good.rfind("-----END"); ++i) {
        if (good[i] == '\n') continue;
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CAPTURE(i);
        REQUIRE_FALSE(verify_license_request(changed));
    }
}

TEST_CASE_METHOD(Fixture, "request: an HSM that does not answer is said so", "[request]") {
    DeadSigner dead(hsm.public_key());
    const auto made = make_license_request({server_id, "vdi-desktop", 1}, dead);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::signer_unavailable);
}
