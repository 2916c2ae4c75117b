#include "tools/client/settings.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "tools/client/errc.hpp"
#include "tools/client/small_file.hpp"

namespace client {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t servers_max = 16;
constexpr std::size_t text_bytes_max = 4'096;

std::string_view name_of(TlsTrust trust) {
    switch (trust) {
        case TlsTrust::authority:
            return "ca";
        case TlsTrust::ledger:
            return "ledger";
        case TlsTrust::automatic:
            break;
    }
    return "auto";
}

/// Reads one key after the other; the first thing that is wrong is kept.
class Reader {
 public:
    Reader(const toml::table& table, const fs::path& file) : table_(table), file_(file) {}

    void text(std::string_view key, std::string& value) {
        const auto* node = find(key);
        if (node == nullptr) return;
        auto found = node->value_exact<std::string>();
        if (!found || found->size() > text_bytes_max) return fail(key, *node, "a text in quotes is wanted");
        value = std::move(*found);
    }
    void path(std::string_view key, fs::path& value) {
        std::string found;
        text(key, found);
        if (found.empty()) return;
        std::error_code failed;  // of a working directory that is gone: the path stays as it was written
        const fs::path written = file_.parent_path() / found;
        const fs::path absolute = fs::absolute(written, failed);
        value = (failed ? written : absolute).lexically_normal();
    }
    void flag(std::string_view key, bool& value) {
        const auto* node = find(key);
        if (node == nullptr) return;
        const auto found = node->value_exact<bool>();
        if (!found) return fail(key, *node, "true or false is wanted");
        value = *found;
    }
    void servers(std::string_view key, std::vector<ServerAddress>& value) {
        const auto* node = find(key);
        if (node == nullptr) return;
        const auto* list = node->as_array();
        if (list == nullptr || list->empty() || list->size() > servers_max)
            return fail(key, *node, "a list of 1 to 16 addresses is wanted");
        for (const auto& item : *list) {
            const auto found = item.value_exact<std::string>();
            const auto address = found ? ServerAddress::parse(*found) : ServerAddress::parse("");
            if (!address) return fail(key, item, "not an address like https://host:port");
            value.push_back(*address);
        }
    }
    void trust(std::string_view key, TlsTrust& value) {
        std::string found;
        text(key, found);
        if (found.empty()) return;
        if (const auto trust = parse_tls_trust(found)) {
            value = *trust;
        } else {
            fail(key, *table_.get(key), "\"auto\", \"ca\" or \"ledger\" is wanted");
        }
    }
    void refuse_others() {
        for (const auto& [key, node] : table_) {
            if (std::ranges::find(known_, key.str()) == known_.end()) fail(key.str(), node, "there is no such key");
        }
    }
    [[nodiscard]] const std::optional<ledger::Error>& error() const { return error_; }

 private:
    const toml::node* find(std::string_view key) {
        known_.push_back(key);
        return table_.get(key);
    }
    void fail(std::string_view key, const toml::node& node, std::string problem) {
        if (error_) return;
        error_.emplace(errc::settings_malformed, "",
                       std::vector<ledger::Fact>{{"file", file_.string()},
                                                 {"line", std::to_string(node.source().begin.line)},
                                                 {"key", std::string(key)},
                                                 {"problem", std::move(problem)}});
    }

    const toml::table& table_;
    const fs::path& file_;
    std::vector<std::string_view> known_;
    std::optional<ledger::Error> error_;
};

}  // namespace

std::optional<TlsTrust> parse_tls_trust(std::string_view text) {
    for (const auto trust : {TlsTrust::automatic, TlsTrust::authority, TlsTrust::ledger}) {
        if (name_of(trust) == text) return trust;
    }
    return std::nullopt;
}

ledger::Result<Settings> parse_settings(std::string_view text, const fs::path& file) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        return ledger::Error{errc::settings_malformed,
                             "",
                             {{"file", file.string()},
                              {"line", std::to_string(error.source().begin.line)},
                              {"key", "-"},
                              {"problem", std::string(error.description())}}};
    }
    Settings settings;
    Reader read(table, file);
    read.servers("servers", settings.servers);
    read.text("product", settings.product);
    read.path("vendor_root", settings.vendor_root);
    read.path("enrolment_key_file", settings.enrolment_key_file);
    read.text("device_name", settings.device_name);
    read.trust("tls_trust", settings.tls_trust);
    read.path("ca_file", settings.ca_file);
    read.text("server_id", settings.server_id);
    read.path("components_file", settings.components_file);
    read.flag("allow_plain_http", settings.allow_plain_http);
    read.text("language", settings.language);
    read.refuse_others();
    if (read.error()) return *read.error();
    return settings;
}

ledger::Result<Settings> load_settings(const fs::path& file) {
    const auto text = read_small_file(file);
    if (!text) return unreadable(file);
    return parse_settings(*text, file);
}

std::string settings_text(const Settings& settings) {
    toml::table table;
    toml::array servers;
    for (const auto& server : settings.servers) servers.push_back(server.text());
    if (!servers.empty()) table.insert("servers", std::move(servers));
    const auto put = [&](std::string_view key, const std::string& value) {
        if (!value.empty()) table.insert(key, value);
    };
    const auto put_path = [&](std::string_view key, const fs::path& path) {
        if (path.empty()) return;
        std::error_code failed;
        const fs::path absolute = fs::absolute(path, failed);
        table.insert(key, (failed ? path : absolute).lexically_normal().string());
    };
    put("product", settings.product);
    put_path("vendor_root", settings.vendor_root);
    put_path("enrolment_key_file", settings.enrolment_key_file);
    put("device_name", settings.device_name);
    put("tls_trust", std::string(name_of(settings.tls_trust)));
    put_path("ca_file", settings.ca_file);
    put("server_id", settings.server_id);
    put_path("components_file", settings.components_file);
    if (settings.allow_plain_http) table.insert("allow_plain_http", true);
    put("language", settings.language);
    std::ostringstream text;
    text << table << '\n';
    return text.str();
}

}  // namespace client
