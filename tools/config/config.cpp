#include "tools/config/config.hpp"

#include <arpa/inet.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <sstream>

#include "tools/config/errc.hpp"

namespace config {
namespace {

using ledger::Error;
using ledger::Result;

/// "127.0.0.1:8443", "[::]:8443"; names are not looked up.
bool is_socket_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return false;
    const std::string_view port = text.substr(colon + 1);
    std::uint16_t number = 0;
    const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (failed != std::errc{} || end != port.data() + port.size()) return false;
    std::string host(text.substr(0, colon));
    const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (v6) host = host.substr(1, host.size() - 2);
    in6_addr address{};
    return ::inet_pton(v6 ? AF_INET6 : AF_INET, host.c_str(), &address) == 1;
}

/// Reads one table key by key, and remembers the first thing that is wrong. What is never asked for is unknown.
class Section {
 public:
    Section(const toml::table* table, std::string name, const std::filesystem::path& file, std::optional<Error>& error)
        : table_(table), name_(std::move(name)), file_(&file), error_(&error) {}
    /// Of an empty file, to hear which keys are asked for.
    void tell(std::vector<std::string>& known) { known_ = &known; }

    void read(std::string_view key, std::string& value) {
        if (const auto* node = find(key, "text"))
            take(node->value_exact<std::string>(), key, *node, "text in quotes", value);
    }
    void read(std::string_view key, std::filesystem::path& value) {
        std::string text = value.string();
        read(key, text);
        value = text;
        if (!value.empty() && value.is_relative()) value = (file_->parent_path() / value).lexically_normal();
    }
    void read(std::string_view key, std::vector<std::string>& value) {
        const auto* node = find(key, "list");
        if (node == nullptr) return;
        const auto* list = node->as_array();
        std::vector<std::string> texts;
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            if (const auto text = list->get(i)->value_exact<std::string>()) texts.push_back(*text);
        }
        if (list == nullptr || texts.size() != list->size())
            return fail(errc::wrong_type, key, *node, "a list of texts");
        value = std::move(texts);
    }
    void read_addresses(std::string_view key, std::vector<std::string>& value) {
        read(key, value);
        const bool good = std::all_of(value.begin(), value.end(), is_socket_address);
        if (!good) fail(errc::out_of_range, key, *table_->get(key), "\"address:port\", \"[v6 address]:port\"");
    }
    template <class Integer>
    void read(std::string_view key, Integer& value, std::int64_t least, std::int64_t most) {
        const auto* node = find(key, "number");
        if (node == nullptr) return;
        const auto number = node->value_exact<std::int64_t>();
        if (!number) return fail(errc::wrong_type, key, *node, "a whole number");
        if (*number < least || *number > most) {
            return fail(errc::out_of_range, key, *node, std::to_string(least) + " … " + std::to_string(most));
        }
        value = static_cast<Integer>(*number);
    }
    void read(std::string_view key, std::chrono::milliseconds& value, std::int64_t least, std::int64_t most) {
        std::int64_t number = value.count();
        read(key, number, least, most);
        value = std::chrono::milliseconds(number);
    }
    /// A length of time given in whole `unit`s.
    void read(std::string_view key, ledger::Duration& value, ledger::Duration unit, std::int64_t least,
              std::int64_t most) {
        std::int64_t number = value.us / unit.us;
        read(key, number, least, most);
        value = unit * number;
    }
    void read_choice(std::string_view key, std::string& value, const std::set<std::string, std::less<>>& choices) {
        const auto* node = find(key, "choice");
        if (node == nullptr) return;
        const auto text = node->value_exact<std::string>();
        if (text && choices.contains(*text)) {
            value = *text;
            return;
        }
        std::string expected;
        for (const auto& choice : choices) expected += (expected.empty() ? "\"" : ", \"") + choice + "\"";
        fail(text ? errc::out_of_range : errc::wrong_type, key, *node, expected);
    }

    /// To be called last: every key that was not asked for is unknown.
    void refuse_others() {
        if (known_ != nullptr) {
            for (const auto& key : asked_) known_->push_back(name_ + "." + key);
        }
        if (table_ == nullptr) return;
        for (const auto& [key, node] : *table_) {
            if (!asked_.contains(key.str())) fail(errc::unknown_key, key.str(), node, "");
        }
    }

 private:
    const toml::node* find(std::string_view key, std::string_view) {
        asked_.emplace(key);
        return table_ == nullptr ? nullptr : table_->get(key);
    }
    template <class T>
    void take(std::optional<T> found, std::string_view key, const toml::node& node, std::string expected, T& value) {
        if (!found) return fail(errc::wrong_type, key, node, std::move(expected));
        value = *std::move(found);
    }
    void fail(errc code, std::string_view key, const toml::node& node, std::string expected) {
        if (*error_) return;
        *error_ = Error{code,
                        {},
                        {{"file", file_->string()},
                         {"line", std::to_string(node.source().begin.line)},
                         {"key", name_ + "." + std::string(key)},
                         {"expected", std::move(expected)}}};
    }

    const toml::table* table_;
    std::string name_;
    const std::filesystem::path* file_;
    std::optional<Error>* error_;
    std::set<std::string, std::less<>> asked_;
    std::vector<std::string>* known_ = nullptr;
};

constexpr std::int64_t minute_ms = 60'000;

void read_http(Section section, Http& http) {
    section.read_addresses("listen", http.listen);
    section.read_addresses("listen_plain", http.listen_plain);
    section.read("tls_certificate", http.tls_certificate);
    section.read("tls_key", http.tls_key);
    section.read("names", http.names);
    section.read("threads", http.threads, 0, 256);
    section.read("connections_max", http.connections_max, 1, 1'000'000);
    section.read("connections_per_address_max", http.connections_per_address_max, 1, 1'000'000);
    section.read("header_bytes_max", http.header_bytes_max, 1'024, 1'048'576);
    section.read("handshake_timeout_ms", http.handshake_timeout, 100, 10 * minute_ms);
    section.read("header_timeout_ms", http.header_timeout, 100, 10 * minute_ms);
    section.read("body_timeout_ms", http.body_timeout, 100, 10 * minute_ms);
    section.read("idle_timeout_ms", http.idle_timeout, 100, 60 * minute_ms);
    section.refuse_others();
}

void read_hsm(Section section, Hsm& hsm) {
    section.read("uri", hsm.uri);
    section.read("module", hsm.module);
    section.read("pin_file", hsm.pin_file);
    section.read("anchor_folder", hsm.anchor_folder);
    section.read("deadline_ms", hsm.deadline, 10, 10 * minute_ms);
    section.refuse_others();
}

void read_small_sections(const std::function<Section(std::string_view)>& open, Config& config) {
    Section ledger = open("ledger");
    ledger.read("folder", config.ledger.folder);
    ledger.refuse_others();
    Section admin = open("admin");
    admin.read("socket", config.admin.socket);
    admin.refuse_others();
    Section log = open("log");
    log.read("file", config.log.file);
    log.read_choice("level", config.log.level, {"trace", "debug", "info", "warning", "error"});
    log.read_choice("format", config.log.format, {"json", "text"});
    log.refuse_others();
    Section time = open("time");
    time.read("step_bound_s", config.time.step_bound, ledger::second, 1, 86'400);
    time.read("stop_bound_days", config.time.stop_bound, ledger::day, 1, 3'650);
    time.refuse_others();
    Section limits = open("limits");
    limits.read("queue_max", config.limits.queue_max, 1, 1'000'000);
    limits.read("group_max", config.limits.group_max, 1, 16'384);
    limits.read("address_requests_per_minute", config.limits.address_requests_per_minute, 0, 100'000'000);
    limits.read("enrolment_key_requests_per_minute", config.limits.enrolment_key_requests_per_minute, 0, 100'000'000);
    limits.refuse_others();
    Section snapshot = open("snapshot");
    snapshot.read("every_events", config.snapshot.every_events, 0, 1'000'000'000);
    snapshot.read("every_hours", config.snapshot.every, ledger::hour, 0, 24 * 365);
    snapshot.refuse_others();
}

void read_mirror(Section section, Mirror& mirror) {
    section.read("folder", mirror.folder);
    section.read_choice("annex", mirror.annex, {"kept", "left-out"});
    section.refuse_others();
}

void read_all(const std::function<Section(std::string_view)>& open, Config& config) {
    read_small_sections(open, config);
    read_hsm(open("hsm"), config.hsm);
    read_http(open("http"), config.http);
}

constexpr std::array<std::string_view, 8> section_names{"ledger", "hsm",  "http",   "admin",
                                                        "log",    "time", "limits", "snapshot"};
constexpr std::string_view mirror_name = "mirror";
constexpr std::size_t mirrors_max = 8;

/// Any number of tables [[mirror]].
void read_mirrors(const toml::table& root, const std::filesystem::path& file, Config& config,
                  std::optional<Error>& error) {
    const auto* const list = root.get_as<toml::array>(mirror_name);
    for (std::size_t i = 0; list != nullptr && i < list->size() && !error; ++i) {
        Mirror mirror;
        read_mirror(Section(list->get_as<toml::table>(i), std::string(mirror_name), file, error), mirror);
        if (!error && mirror.folder.empty()) {
            error = Error{errc::missing_key, {}, {{"file", file.string()}, {"key", "mirror.folder"}}};
        }
        config.mirrors.push_back(std::move(mirror));
    }
}

}  // namespace

std::filesystem::path Config::admin_socket() const {
    return admin.socket.empty() ? ledger.folder / "admin.sock" : admin.socket;
}

Result<Config> parse(std::string_view text, const std::filesystem::path& file) {
    toml::table root;
    try {
        root = toml::parse(text, file.string());
    } catch (const toml::parse_error& problem) {
        return Error{errc::syntax,
                     {},
                     {{"file", file.string()},
                      {"line", std::to_string(problem.source().begin.line)},
                      {"reason", std::string(problem.description())}}};
    }

    std::optional<Error> error;
    const auto refuse = [&](errc code, std::string_view key, const toml::node& node, std::string expected) {
        error = Error{code,
                      {},
                      {{"file", file.string()},
                       {"line", std::to_string(node.source().begin.line)},
                       {"key", std::string(key)},
                       {"expected", std::move(expected)}}};
    };
    for (const auto& [key, node] : root) {
        if (key.str() == mirror_name) {
            const auto* const list = node.as_array();
            if (list == nullptr || !list->is_homogeneous<toml::table>()) {
                refuse(errc::wrong_type, key.str(), node, "[[mirror]]");
            } else if (list->size() > mirrors_max) {
                refuse(errc::out_of_range, key.str(), node, "1 … " + std::to_string(mirrors_max));
            }
            if (error) return *error;
            continue;
        }
        const auto known = std::find(section_names.begin(), section_names.end(), key.str()) != section_names.end();
        if (!known)
            refuse(errc::unknown_key, key.str(), node, "");
        else if (!node.is_table())
            refuse(errc::wrong_type, key.str(), node, "[" + std::string(key.str()) + "]");
        if (error) return *error;
    }

    Config config;
    config.file = file;
    const auto open = [&](std::string_view name) {
        return Section(root.get_as<toml::table>(name), std::string(name), file, error);
    };
    read_all(open, config);
    read_mirrors(root, file, config, error);
    if (error) return *error;
    if (config.ledger.folder.empty())
        return Error{errc::missing_key, {}, {{"file", file.string()}, {"key", "ledger.folder"}}};
    if (config.http.tls_certificate.empty() != config.http.tls_key.empty()) {
        return Error{
            errc::missing_key,
            "http.tls_certificate and http.tls_key belong together",
            {{"file", file.string()}, {"key", config.http.tls_key.empty() ? "http.tls_key" : "http.tls_certificate"}}};
    }
    return config;
}

std::vector<std::string> known_keys() {
    std::vector<std::string> keys;
    std::optional<Error> error;
    const std::filesystem::path file;
    Config config;
    const auto open = [&](std::string_view name) {
        Section section(nullptr, std::string(name), file, error);
        section.tell(keys);
        return section;
    };
    read_all(open, config);
    Mirror mirror;
    read_mirror(open(mirror_name), mirror);
    return keys;
}

Result<Config> load(const std::filesystem::path& file) {
    const auto unreadable = [&](std::string reason) {
        return Error{errc::unreadable, {}, {{"file", file.string()}, {"reason", std::move(reason)}}};
    };
    std::error_code status;
    const auto bytes = std::filesystem::file_size(file, status);
    if (status) return unreadable(status.message());
    if (bytes > config_bytes_max) return unreadable("it has more than 256 KiB");
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) return unreadable(std::strerror(errno));
    const auto absolute = std::filesystem::absolute(file, status);
    if (status) return unreadable(status.message());
    return parse(text.str(), absolute);
}

}  // namespace config
