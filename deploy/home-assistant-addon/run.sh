#!/usr/bin/with-contenv bashio
# shellcheck shell=bash
# Starts kiloglot with the options of the app, and tells Home Assistant where it listens.

port=10500
# The app's network is Home Assistant's own; what reaches it from outside, its ports say.
flags=(--wyoming "tcp://0.0.0.0:${port}" --wyoming-role "$(bashio::config 'role')" --zeroconf off --public)

if bashio::config.has_value 'model'; then
    model="/share/kiloglot/$(bashio::config 'model')"
    if ! bashio::fs.directory_exists "${model}"; then
        # The models that kiloglot brings need no folder.
        [[ "$(bashio::config 'model')" =~ ^(home|massive)$ ]] \
            || bashio::exit.nok "There is no folder ${model}: copy the model there"
        model="$(bashio::config 'model')"
    fi
    flags+=(--model "${model}")
fi

if bashio::config.true 'names'; then
    # The Supervisor lets an app speak with Home Assistant under the app's own token.
    export HOME_ASSISTANT_TOKEN="${SUPERVISOR_TOKEN}"
    flags+=(--household-url ws://supervisor/core/websocket)
fi

if bashio::config.true 'http'; then
    bashio::config.has_value 'token' || bashio::exit.nok "HTTP needs a token: set one, or switch HTTP off"
    token="$(mktemp)"
    bashio::config 'token' > "${token}"
    flags+=(--http 0.0.0.0:5005 --token-file "${token}")
fi

announce() {
    if bashio::net.wait_for "${port}" \
        && bashio::discovery 'wyoming' "$(bashio::var.json uri "tcp://$(hostname):${port}")" > /dev/null; then
        bashio::log.info "Home Assistant has been told where kiloglot listens"
    else
        bashio::log.error "Home Assistant could not be told: add the Wyoming integration by hand, $(hostname):${port}"
    fi
}
announce &

exec kiloglot serve "${flags[@]}"
