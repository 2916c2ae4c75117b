// Settings: what is accepted is written back to equal settings.
#include "tools/client/settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto settings = client::parse_settings(text, "/etc/actledger/client.toml");
    if (!settings) return 0;
    const auto again = client::parse_settings(client::settings_text(*settings), "/etc/actledger/client.toml");
    ACTLEDGER_ASSERT(again && again->servers == settings->servers && again->product == settings->product);
    return 0;
}
