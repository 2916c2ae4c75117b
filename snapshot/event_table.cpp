#include "snapshot/event_table.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "ledger/core/event_codec.hpp"
#include "ledger/core/time_text.hpp"
#include "snapshot/errc.hpp"
#include "snapshot/new_file.hpp"

namespace snapshot {
namespace {

using ledger::Error;
using ledger::Result;

enum Column : std::size_t {
    sequence_number,
    time_column,
    kind,
    actor,
    authority,
    actor_id,
    activation_id,
    license_id,
    product,
    lease_ends,
    grace_ends,
    components,
    device_key,
    subject,
    value,
    device_name,
    device_address,
    operator_name
};

constexpr std::array<std::string_view, TableRow::columns> names{
    "sequence_number", "time",       "kind",    "actor",       "authority",      "actor_id",
    "activation_id",   "license_id", "product", "lease_ends",  "grace_ends",     "components",
    "device_key",      "subject",    "value",   "device_name", "device_address", "operator_name"};
constexpr std::array<std::string_view, TableRow::columns> chinese_names{
    "序号",   "时间",   "事件",     "操作方",   "依据", "操作方标识", "激活标识", "授权编号", "产品",
    "租期至", "宽限至", "硬件特征", "设备密钥", "对象", "值",         "设备名",   "设备地址", "操作员姓名"};
constexpr std::array<std::string_view, 3> actor_names{"server", "device", "operator"};
constexpr std::array<std::string_view, 6> authority_names{
    "none", "enrolment_key", "open_enrolment", "device_key", "local_account", "hsm_pin_and_typed_confirmation"};

constexpr std::size_t buffer_bytes = 1U << 20;

/// Fills the columns that a kind of event has.
struct BodyCells {
    TableRow& row;

    void set(Column column, std::string text) const {
        if (!text.empty()) row.values[column] = std::move(text);
    }
    void set_time(Column column, ledger::Timestamp time) const {
        if (time.us != 0) row.values[column] = ledger::time_text(time);
    }
    void operator()(const ledger::LedgerCreated& body) const {
        set(subject, body.server_id);
        set(value, body.software_version);
    }
    void operator()(const ledger::ServerCertified& body) const {
        set(value, std::to_string(body.certificates.size()) + " certificates");
    }
    void operator()(const ledger::LicenseImported& body) const { set(license_id, body.license_id); }
    void operator()(const ledger::RevocationImported& body) const { set(subject, body.revocation_id); }
    void operator()(const ledger::EnrolmentKeyCreated& body) const {
        set(subject, ledger::hex_encode(body.key_id));
        set(value, body.pool);
        set_time(lease_ends, body.expires);
    }
    void operator()(const ledger::EnrolmentKeyRevoked& body) const { set(subject, ledger::hex_encode(body.key_id)); }
    void operator()(const ledger::SettingChanged& body) const {
        set(subject, body.name);
        set(value, body.value);
    }
    void operator()(const ledger::TlsCertificateChanged& body) const {
        set(value, ledger::hex_encode(body.fingerprint.view()));
    }
    void operator()(const ledger::Seat& body) const {
        set(activation_id, body.activation_id.text());
        set(license_id, body.license_id);
        set(product, body.product);
        set_time(lease_ends, body.lease_ends);
        set_time(grace_ends, body.grace_ends);
        set(components, text_of(body.components));
        set(device_key, ledger::hex_encode(body.device_public_key));
    }
    void operator()(const ledger::SeatReleased& body) const { set(activation_id, body.activation_id.text()); }
    void operator()(const ledger::SeatExpired& body) const { set(activation_id, body.activation_id.text()); }
    void operator()(const ledger::AnnexErased& body) const {
        set(subject, std::to_string(body.sequence_number.value));
        set(value, std::string(names[device_name + static_cast<std::size_t>(body.field)]));
    }
    void operator()(const ledger::TimePutInDoubt& body) const { set(value, ledger::time_text(body.wall_time)); }
    void operator()(const ledger::TimeConfirmed& body) const { set(value, ledger::time_text(body.wall_time)); }
    void operator()(const ledger::TimeConfirmationUndone& body) const {
        set(subject, std::to_string(body.confirmation.value));
    }
    void operator()(const ledger::ServerStarted& body) const { set(value, body.software_version); }
    void operator()(const ledger::IncarnationOpened& body) const {
        set(subject, std::to_string(body.incarnation));
        set(value, std::string(ledger::reason_name(body.reason)));
    }
    void operator()(const ledger::KeyCleared& body) const { set(value, ledger::hex_encode(body.key_digest.view())); }
    void operator()(const ledger::AdoptionProven& body) const {
        const auto proven = ledger::decode_event(body.event);
        const ledger::Seat* const seat = proven ? proven->seat() : nullptr;
        if (seat != nullptr) {
            set(activation_id, seat->activation_id.text());
            set(license_id, seat->license_id);
        }
        if (proven) set(subject, proven->origin);
        set(value, std::to_string(body.index.value));
    }
    void operator()(const ledger::AdoptionRefused& body) const { set(activation_id, body.activation_id.text()); }
    void operator()(const ledger::UnclaimedFreed& body) const {
        set(license_id, body.license_id);
        set(value, std::to_string(body.seats));
    }
    void operator()(const ledger::LogKeyCreated& body) const {
        set(subject, ledger::hex_encode(body.key_id));
        set(value, body.reader);
        set_time(lease_ends, body.expires);
    }
    void operator()(const ledger::LogKeyRevoked& body) const { set(subject, ledger::hex_encode(body.key_id)); }
    void operator()(const ledger::LegacySeatReserved& body) const {
        set(activation_id, body.activation_id.text());
        set(license_id, body.license_id);
        set(product, body.product);
        set(components, text_of(body.components));
        set(subject, ledger::hex_encode(body.record.view()));
        set_time(value, body.activated_at);
        set_time(lease_ends, body.reserved_until);
    }
    void operator()(const ledger::LegacySeatFreed& body) const { set(activation_id, body.activation_id.text()); }
    void operator()(const ledger::ReportIssued& body) const {
        set(subject, ledger::time_text(body.as_of));
        set(value, ledger::hex_encode(body.digest.view()));
    }

 private:
    static std::string text_of(const ledger::Components& components) {
        std::string all;
        for (const ledger::Component& component : components) {
            all += (all.empty() ? "" : " ") + component.kind + ":" + ledger::hex_encode(component.digest.view());
        }
        return all;
    }
};

/// A spreadsheet takes a text that begins so for a formula, whatever quotes are around it, also behind spaces; a
/// Chinese or Japanese one the full-width signs, too.
bool looks_like_formula(std::string_view text) {
    constexpr std::array<std::string_view, 11> begins{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"};
    for (bool spaces = true; spaces;) {
        spaces = false;
        for (const std::string_view space : {" ", "\u00a0", "\u3000"}) {  // no-break, ideographic
            if (!text.starts_with(space)) continue;
            text.remove_prefix(space.size());
            spaces = true;
        }
    }
    return std::ranges::any_of(begins, [&](std::string_view sign) { return text.starts_with(sign); });
}

}  // namespace

std::span<const std::string_view> column_names() { return names; }

void append_csv_cell(std::string& line, std::string_view text) {
    const bool formula = looks_like_formula(text);
    if (!formula && text.find_first_of(",\"\r\n") == text.npos) {
        line += text;
        return;
    }
    line += '"';
    if (formula) line += '\'';
    for (const char c : text) line.append(c == '"' ? 2 : 1, c);
    line += '"';
}

TableRow row_of(const ledger::Event& event, const std::vector<ledger::AnnexValue>& annex) {
    TableRow row;
    row.values[sequence_number] = event.sequence_number.value;
    row.values[time_column] = ledger::time_text(event.time);
    row.values[kind] = std::string(ledger::kind_name(event.body));
    row.values[actor] = std::string(actor_names.at(static_cast<std::size_t>(event.actor.kind)));
    row.values[authority] = std::string(authority_names.at(static_cast<std::size_t>(event.actor.authority)));
    if (!event.actor.id.empty()) row.values[actor_id] = ledger::hex_encode(event.actor.id);
    std::visit(BodyCells{row}, event.body);
    for (const ledger::AnnexValue& one : annex) {
        row.values[device_name + static_cast<std::size_t>(one.field)] = one.value;
    }
    return row;
}

std::string json_line(const TableRow& row) {
    boost::json::object object;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (const auto* number = std::get_if<std::uint64_t>(&row.values[i])) object[names[i]] = *number;
        if (const auto* text = std::get_if<std::string>(&row.values[i])) object[names[i]] = *text;
    }
    return boost::json::serialize(object) + '\n';
}

std::string csv_line(const TableRow& row) {
    std::string line;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) line += ',';
        if (const auto* number = std::get_if<std::uint64_t>(&row.values[i])) line += std::to_string(*number);
        if (const auto* text = std::get_if<std::string>(&row.values[i])) append_csv_cell(line, *text);
    }
    return line += "\r\n";
}

std::string csv_head(ledger::Language language) {
    std::string line = "\xef\xbb\xbf";
    const auto& heads = language == ledger::Language::chinese ? chinese_names : names;
    for (std::size_t i = 0; i < heads.size(); ++i) {
        if (i > 0) line += ',';
        line += heads[i];
    }
    return line += "\r\n";
}

Result<std::uint64_t> write_table(const std::filesystem::path& file, const ledger::LogReader& log,
                                  const TableOptions& options) {
    NewFile table(file);
    ACTLEDGER_CHECK(table.open());
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    std::string buffer = options.format == TableFormat::csv ? csv_head(options.language) : std::string();
    ledger::Event event;
    for (std::uint64_t begin = 0; begin < size.value; begin += 256) {
        if (options.stop && options.stop()) return Error{errc::table_interrupted, {}, {{"path", file.string()}}};
        const std::uint64_t end = std::min(begin + 256, size.value);
        std::map<std::uint64_t, std::vector<ledger::AnnexValue>> annex;
        Result<void> read;
        if (options.personal_data == TableOptions::PersonalData::kept) {
            ACTLEDGER_CHECK(log.visit_annex({begin}, {end}, [&](ledger::SequenceNumber number, ledger::ByteView entry) {
                auto values = ledger::decode_annex(entry);
                read = values ? Result<void>() : Result<void>(values.error());
                if (read) annex[number.value] = *std::move(values);
                return read.has_value();
            }));
            ACTLEDGER_CHECK(read);
        }
        ACTLEDGER_CHECK(log.visit_events({begin}, {end}, [&](ledger::SequenceNumber number, ledger::ByteView stored) {
            read = ledger::decode_event(stored, event);
            if (!read) return false;
            const auto values = annex.find(number.value);
            const TableRow row =
                row_of(event, values == annex.end() ? std::vector<ledger::AnnexValue>() : values->second);
            buffer += options.format == TableFormat::csv ? csv_line(row) : json_line(row);
            return true;
        }));
        ACTLEDGER_CHECK(read);
        if (buffer.size() >= buffer_bytes || end == size.value) {
            ACTLEDGER_CHECK(table.write(buffer));
            buffer.clear();
        }
        if (options.progress) options.progress(end, size.value);
    }
    ACTLEDGER_CHECK(table.finish());
    return size.value;
}

}  // namespace snapshot
