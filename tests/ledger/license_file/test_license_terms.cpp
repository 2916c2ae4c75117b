#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

namespace {

/// The field that a refusal names.
std::string refused_field(const std::string& text) {
    const auto terms = parse_license_terms(text);
    if (terms) return "(accepted)";
    if (terms.error().code != license_file::errc::terms_malformed) return std::string(terms.error().stable_code());
    return terms.error().facts.at(0).value;
}

struct Fixture {
    support::Vendor vendor;
    support::Customer customer{vendor};
    std::string good = license_terms_json(customer.terms());

    [[nodiscard]] std::string with(std::string_view from, std::string_view to) const {
        std::string text = good;
        const auto position = text.find(from);
        REQUIRE(position != std::string::npos);
        return text.replace(position, from.size(), to);
    }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "terms: what is written is read, for all kinds of terms", "[license][terms]") {
    LicenseTerms terms = customer.terms();
    CHECK(parse_license_terms(good).value() == terms);
    terms.lease = {false, 3650, 3649, 365};
    terms.supersedes = {"A", "B.c-d_9"};
    terms.valid_to = terms.valid_from + day;
    terms.quantity = license_quantity_max;
    terms.device = {{"mac"}, 1};
    CHECK(parse_license_terms(license_terms_json(terms)).value() == terms);
    terms.lease = {false, 1, 0, 0};
    CHECK(parse_license_terms(license_terms_json(terms)).value() == terms);
}

TEST_CASE_METHOD(Fixture, "terms: the text is for people, too", "[license][terms]") {
    CHECK(good.starts_with("{\n  \"format\": \"actledger-license/1\",\n  \"license_id\": \"LIC-2026-0001\",\n"));
    CHECK(good.find("\n  \"lease\": {\n    \"kind\": \"perpetual\"\n  },\n") != std::string::npos);
    CHECK(good.ends_with("\"\n  }\n}\n"));
}

TEST_CASE_METHOD(Fixture, "terms refused: any other spelling of the same content", "[license][terms][refusal]") {
    CHECK(refused_field(good + "\n") == "spelling");
    CHECK(refused_field(good.substr(0, good.size() - 1)) == "spelling");
    CHECK(refused_field(with("\"quantity\": 100", "\"quantity\":100")) == "spelling");
    CHECK(refused_field(with("\"quantity\": 100", "\"quantity\": 100 ")) == "spelling");
    CHECK(refused_field(with("vdi-desktop", "vdi\\u002ddesktop")) == "spelling");
    CHECK(refused_field(with("\n", "\r\n")) == "spelling");
    CHECK(refused_field(with("\"quantity\": 100,\n  \"issued_at\": \"2026-03-01T00:00:00Z\"",
                             "\"issued_at\": \"2026-03-01T00:00:00Z\",\n  \"quantity\": 100")) == "spelling");
    CHECK(refused_field("\xef\xbb\xbf" + good) == "JSON");
}

TEST_CASE_METHOD(Fixture, "terms refused: missing, unknown and duplicate keys", "[license][terms][refusal]") {
    CHECK(refused_field(with("  \"product\": \"vdi-desktop\",\n", "")) == "product");
    CHECK(refused_field(with("  \"supersedes\": [],\n", "")) == "supersedes");
    CHECK(refused_field(with("    \"kind\": \"perpetual\"\n", "")) == "lease.kind");
    CHECK(refused_field(with("\"kind\": \"perpetual\"", "\"kind\": \"perpetual\",\n    \"days\": 3")) == "lease.days");
    CHECK(refused_field(with("  \"product\"", "  \"color\": \"red\",\n  \"product\"")) == "color");
    CHECK(refused_field(with("    \"id\"", "    \"color\": \"red\",\n    \"id\"")) == "server.color");
    CHECK(refused_field(with("  \"product\"", "  \"quantity\": 999,\n  \"product\"")) == "spelling");
}

TEST_CASE_METHOD(Fixture, "terms refused: values of the wrong kind or out of their limits",
                 "[license][terms][refusal]") {
    CHECK(refused_field("") == "JSON");
    CHECK(refused_field("[]") == "JSON");
    CHECK(refused_field(good + std::string(license_terms_bytes_max, ' ')) == "size");
    CHECK(refused_field(with("license/1", "license/2")) == "format");
    CHECK(refused_field(with("\"vdi-desktop\"", "5")) == "product");
    CHECK(refused_field(with("vdi-desktop", "vdi desktop")) == "product");
    CHECK(refused_field(with("vdi-desktop", "")) == "product");
    CHECK(refused_field(with("vdi-desktop", std::string(65, 'x'))) == "product");
    CHECK(refused_field(with("LIC-2026-0001", "../escape")) == "license_id");
    CHECK(refused_field(with("\"quantity\": 100", "\"quantity\": \"100\"")) == "quantity");
    CHECK(refused_field(with("\"quantity\": 100", "\"quantity\": 1e2")) == "license-quantity-out-of-range");
    CHECK(refused_field(with("\"issued_at\": \"2026-03-01T", "\"issued_at\": \"2026-02-30T")) == "issued_at");
    CHECK(refused_field(with("9999-12-31T23:59:59Z", "2026-03-01T00:00:00Z")) == "valid_to");
    CHECK(refused_field(with("perpetual", "forever")) == "lease.kind");
    CHECK(refused_field(with("\"match\": 3", "\"match\": 0")) == "device.match");
    CHECK(refused_field(with("\"match\": 3", "\"match\": 6")) == "device.match");
    CHECK(refused_field(with("\"match\": 3", "\"match\": -1")) == "device.match");
    CHECK(refused_field(with("\"mac\"", "\"machine_id\"")) == "device.components");
    CHECK(refused_field(with("\"mac\"", "\"MAC\"")) == "device.components");
    CHECK(refused_field(with("\"mac\"", "7")) == "device.components");
    CHECK(refused_field(with("\"supersedes\": []", "\"supersedes\": [\"LIC-2026-0001\"]")) == "supersedes");
    CHECK(refused_field(with("\"supersedes\": []", "\"supersedes\": [\"A\", \"A\"]")) == "supersedes");
    CHECK(refused_field(with(customer.server_id, customer.server_id.substr(1))) == "server.id");
    CHECK(refused_field(with("\"key\": \"M", "\"key\": \"!")) == "server.key");
    LicenseTerms terms = customer.terms();
    terms.lease = {false, 30, 30, 0};
    CHECK(refused_field(license_terms_json(terms)) == "lease.renew_after_days");
    terms.lease = {false, 3651, 1, 0};
    CHECK(refused_field(license_terms_json(terms)) == "lease.days");
    terms.lease = {false, 30, 1, 366};
    CHECK(refused_field(license_terms_json(terms)) == "lease.grace_days");
    terms = customer.terms();
    terms.supersedes.assign(license_supersedes_max + 1, "X");
    CHECK(refused_field(license_terms_json(terms)) == "supersedes");
    CHECK(refused_field(with("\"server\": {", "\"server\": {\"a\":{\"b\":{\"c\":{\"d\":1}}}},\"x\": {")) == "JSON");
}
