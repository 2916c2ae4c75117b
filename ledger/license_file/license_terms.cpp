#include "ledger/license_file/license_terms.hpp"

#include <algorithm>

#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/strict_json.hpp"

namespace ledger {
namespace {

using license_file::errc;

constexpr std::string_view format_name = "actledger-license/1";
constexpr std::size_t component_kind_bytes_max = 32;
constexpr std::size_t server_id_length = 32;
constexpr std::string_view base32_alphabet = "abcdefghijklmnopqrstuvwxyz234567";

Error malformed(const std::string& field) { return {errc::terms_malformed, "field " + field, {{"field", field}}}; }

bool is_component_kind(std::string_view text) {
    return !text.empty() && text.size() <= component_kind_bytes_max &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == text.npos;
}

bool has_duplicates(std::vector<std::string> values) {
    std::sort(values.begin(), values.end());
    return std::adjacent_find(values.begin(), values.end()) != values.end();
}

LeaseTerms read_lease(JsonReader lease) {
    LeaseTerms terms;
    const std::string kind = lease.text("kind");
    terms.perpetual = kind == "perpetual";
    if (terms.perpetual) {
        lease.expect_keys({"kind"});
        return terms;
    }
    if (kind != "days") lease.reject("kind");
    lease.expect_keys({"kind", "days", "renew_after_days", "grace_days"});
    terms.days = static_cast<std::uint32_t>(lease.number("days", 1, lease_days_max));
    terms.renew_after_days = static_cast<std::uint32_t>(lease.number("renew_after_days", 0, terms.days - 1));
    terms.grace_days = static_cast<std::uint32_t>(lease.number("grace_days", 0, lease_grace_days_max));
    return terms;
}

DeviceRule read_device_rule(JsonReader device) {
    device.expect_keys({"components", "match"});
    DeviceRule rule;
    rule.components = device.texts("components", license_components_max);
    if (rule.components.empty() || has_duplicates(rule.components) ||
        !std::all_of(rule.components.begin(), rule.components.end(), is_component_kind)) {
        device.reject("components");
    }
    rule.match = static_cast<std::uint32_t>(device.number("match", 1, rule.components.size()));
    return rule;
}

/// The one place that judges names, so that every list and field is judged alike.
void check_names(const JsonReader& reader, const LicenseTerms& terms) {
    if (!is_license_name(terms.license_id)) reader.reject("license_id");
    if (!is_license_name(terms.product)) reader.reject("product");
    const bool superseding_itself =
        std::find(terms.supersedes.begin(), terms.supersedes.end(), terms.license_id) != terms.supersedes.end();
    if (!std::all_of(terms.supersedes.begin(), terms.supersedes.end(), is_license_name) ||
        has_duplicates(terms.supersedes) || superseding_itself) {
        reader.reject("supersedes");
    }
}

void read_server(JsonReader server, LicenseTerms& terms) {
    server.expect_keys({"id", "key", "certificate"});
    terms.server_id = server.text("id");
    if (terms.server_id.size() != server_id_length ||
        terms.server_id.find_first_not_of(base32_alphabet) != std::string::npos) {
        server.reject("id");
    }
    terms.server_key = server.base64("key");
    terms.server_certificate = server.base64("certificate");
}

}  // namespace

bool is_license_name(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return !text.empty() && text.size() <= license_name_bytes_max && text.find_first_not_of(alphabet) == text.npos;
}

std::string license_terms_json(const LicenseTerms& terms) {
    JsonWriter out;
    out.text("format", format_name);
    out.text("license_id", terms.license_id);
    out.text("product", terms.product);
    out.number("quantity", terms.quantity);
    out.time("issued_at", terms.issued_at);
    out.time("valid_from", terms.valid_from);
    out.time("valid_to", terms.valid_to);
    out.begin("lease");
    out.text("kind", terms.lease.perpetual ? "perpetual" : "days");
    if (!terms.lease.perpetual) {
        out.number("days", terms.lease.days);
        out.number("renew_after_days", terms.lease.renew_after_days);
        out.number("grace_days", terms.lease.grace_days);
    }
    out.end();
    out.begin("device");
    out.texts("components", terms.device.components);
    out.number("match", terms.device.match);
    out.end();
    out.texts("supersedes", terms.supersedes);
    out.begin("server");
    out.text("id", terms.server_id);
    out.text("key", base64_encode(terms.server_key));
    out.text("certificate", base64_encode(terms.server_certificate));
    out.end();
    return out.finish();
}

Result<LicenseTerms> parse_license_terms(std::string_view text) {
    if (text.size() > license_terms_bytes_max) return malformed("size");
    JsonFault fault;
    JsonReader reader(text, fault);
    if (reader.text("format") != format_name) reader.reject("format");
    reader.expect_keys({"format", "license_id", "product", "quantity", "issued_at", "valid_from", "valid_to", "lease",
                        "device", "supersedes", "server"});
    LicenseTerms terms;
    terms.license_id = reader.text("license_id");
    terms.product = reader.text("product");
    terms.issued_at = reader.time("issued_at");
    terms.valid_from = reader.time("valid_from");
    terms.valid_to = reader.time("valid_to");
    if (terms.valid_from >= terms.valid_to) reader.reject("valid_to");
    terms.lease = read_lease(reader.object("lease"));
    terms.device = read_device_rule(reader.object("device"));
    terms.supersedes = reader.texts("supersedes", license_supersedes_max);
    check_names(reader, terms);
    read_server(reader.object("server"), terms);
    if (!fault.field.empty()) return malformed(fault.field);

    // Its own refusal: the one mistake in a licence that a person can make and read.
    const std::string quantity = reader.number_text("quantity");
    terms.quantity = reader.number("quantity", 1, license_quantity_max);
    if (!fault.field.empty()) {
        if (quantity.empty()) return malformed(fault.field);
        return Error{errc::quantity_out_of_range,
                     {},
                     {{"quantity", quantity}, {"minimum", "1"}, {"maximum", std::to_string(license_quantity_max)}}};
    }
    if (license_terms_json(terms) != text) return malformed("spelling");
    return terms;
}

}  // namespace ledger
