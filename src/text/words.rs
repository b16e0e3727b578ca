//! The list of fixed words, filled in by `en` and `zh`.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The fixed words of one language.
        #[derive(Debug)]
        pub struct Words { $($(#[$doc])* pub $name: &'static str,)* }

        impl Words {
            /// Every word with its name.
            #[must_use]
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

words! {
    /// The detail pane's tab: the payload as text.
    text,
    /// The detail pane's tab: the payload as formatted JSON.
    json,
    /// The detail pane's tab: octets.
    hex,
    /// The payload as it is on the wire.
    masked,
    /// The payload after unmasking.
    unmasked,
    /// Copies something.
    copy,
    /// Heads the frame's rules.
    no_rule_broken,
    /// No row is selected.
    select_a_row,
    /// Heads the reason of a Close.
    reason,
    /// The role.
    role_server,
    /// The role.
    role_client,
    /// Begins to listen.
    start,
    /// Stops listening.
    stop,
    /// Connects.
    connect,
    /// Listens.
    listen,
    /// Label of the address field.
    address,
    /// Label of the URL field.
    url,
    /// Opens the options of a role.
    options,
    /// Label.
    origin,
    /// Label.
    subprotocols,
    /// Label.
    headers,
    /// How headers replace ours.
    headers_hint,
    /// Label of a client's proxy.
    proxy,
    /// Heads the answers of a server.
    answer,
    /// A 101.
    answer_accept,
    /// Another status.
    answer_refuse,
    /// No answer.
    answer_never,
    /// A wrong proof.
    answer_wrong_accept,
    /// No proof.
    answer_no_accept,
    /// No Upgrade.
    answer_no_upgrade,
    /// No Connection.
    answer_no_connection,
    /// The status of a refusal.
    answer_status,
    /// The body of a refusal.
    answer_body,
    /// How late the answer is.
    answer_delay,
    /// Heads the choice of a subprotocol.
    subprotocol_chosen,
    /// The first one that suits.
    subprotocol_offered,
    /// No subprotocol.
    subprotocol_none,
    /// A certain one.
    subprotocol_named,
    /// Its name.
    subprotocol_name,
    /// A form of the answer that cannot be read.
    bad_answer,
    /// Heads what a refusal means.
    refused,
    /// Goes on to the Location.
    follow_redirect,
    /// The user's name.
    user,
    /// The password.
    password,
    /// Asks again with credentials.
    try_again_with,
    /// State of the server.
    not_listening,
    /// State of the server.
    listening,
    /// Stage of connecting.
    looking_up,
    /// Stage of connecting.
    connecting_tcp,
    /// Stage of connecting.
    asking_proxy,
    /// Behind a number.
    open_count,
    /// Behind a number.
    closed_count,
    /// Button beside a fault.
    next_free_port,
    /// Caption.
    connections,
    /// The list's first entry.
    all_connections,
    /// The empty list.
    no_connections,
    /// Ends every connection with 1001.
    end_all,
    /// Tooltip.
    end_all_hint,
    /// Ends one connection with 1001.
    end_one,
    /// Behind a number.
    frames,
    /// Behind a number.
    violations,
    /// Lets what waits go out.
    let_through,
    /// Lets everything that waits go out.
    let_all_through,
    /// What waits is never sent.
    drop_held,
    /// All that waits is never sent.
    drop_all,
    /// Switch: what this end sends waits.
    hold,
    /// Tooltip of it.
    hold_hint,
    /// Ends a hold: what waits goes.
    end_hold,
    /// The switch is on.
    on_hold,
    /// Behind a number of things.
    waiting,
    /// Behind something that this end sends by itself.
    as_answer,
    /// Label: everything that this end sends goes so many milliseconds later.
    delay_ms,
    /// A Ping of an open connection has no Pong; seconds follow.
    ping_unanswered,
    /// Before a duration: how long this end was CLOSING.
    closing_lasted,
    /// A frame is not whole yet.
    arriving,
    /// Caption.
    behaviour,
    /// Label.
    on_close,
    /// Label.
    on_ping,
    /// Label.
    messages,
    /// Label.
    tcp_end,
    /// Label.
    on_violation,
    /// Label.
    when,
    /// Choice.
    same_code,
    /// Choice.
    own_code,
    /// Choice.
    empty,
    /// Choice.
    fin_instead,
    /// Choice.
    rst_instead,
    /// Choice.
    never,
    /// Choice.
    at_once,
    /// Choice.
    by_hand,
    /// Choice.
    after_ms,
    /// Label of a delay.
    milliseconds,
    /// Choice.
    no_answer,
    /// Choice.
    echo,
    /// Choice: end of TCP.
    after_handshake,
    /// Choice.
    fail,
    /// Choice.
    only_note,
    /// Label of a code field.
    close_code,
    /// Caption.
    partner,
    /// What the partner is.
    partner_client,
    /// What the partner is.
    partner_server,
    /// Asks the partner.
    partner_send,
    /// Asks the partner.
    partner_close,
    /// Asks the partner.
    fall_silent,
    /// Asks the partner.
    resume,
    /// The partner's state.
    silent,
    /// Label of what the partner sends.
    partner_text,
    /// Chip.
    hide_heartbeats,
    /// Chip.
    follow,
    /// Between two numbers.
    of,
    /// Behind a number.
    rows,
    /// Column.
    column_number,
    /// Column.
    column_connection,
    /// Column.
    column_time,
    /// Column.
    column_from,
    /// Column.
    column_opcode,
    /// Column.
    column_length,
    /// Column.
    column_preview,
    /// Preview of a head.
    opening_handshake,
    /// Before the number of a fragment.
    part,
    /// The last fragment.
    last_part,
    /// Before the number of a message.
    message_number,
    /// A frame that is not whole.
    cut_off,
    /// In the preview of a frame, before a number of octets.
    not_captured,
    /// Preview of the first row.
    tcp_connected,
    /// Preview of a FIN.
    write_side_ended,
    /// Preview of a RST.
    reset_tcp,
    /// Preview of a loss.
    lost,
    /// wasClean.
    clean,
    /// wasClean.
    not_clean,
    /// Preview of an empty payload.
    empty_text,
    /// Sends.
    send,
    /// Label of the composer's field.
    send_what,
    /// Tab.
    binary,
    /// Tab.
    fragments,
    /// Tab.
    raw,
    /// Form of octets.
    base64,
    /// Menu, and a form of octets.
    file,
    /// Picks a file to send.
    choose_file,
    /// Label.
    fragment_size,
    /// Label of the target.
    to,
    /// Before a number.
    connection_n,
    /// A target.
    all_open,
    /// No target.
    nobody_open,
    /// Label.
    status_code_label,
    /// Choice.
    other_code,
    /// Label.
    reason_label,
    /// Button.
    send_close,
    /// Button.
    empty_close,
    /// Button.
    end_tcp,
    /// Button.
    reset,
    /// Before a rule.
    breaks,
    /// Behind a rule.
    sent_all_the_same,
    /// Hint.
    reason_one_line,
    /// Menu.
    new_session,
    /// Menu.
    open,
    /// Menu.
    save_as,
    /// Menu.
    save_masked,
    /// Menu of forms to write the session in.
    export,
    /// In that menu.
    export_csv,
    /// In that menu.
    export_ladders,
    /// Message.
    only_pcapng_masked,
    /// A session is being written.
    writing,
    /// Message, before a path: it was cancelled.
    not_written,
    /// In the detail pane.
    save_payload,
    /// In the detail pane.
    save_message,
    /// Menu.
    connect_again,
    /// Menu.
    recent,
    /// Caption.
    unsaved_sessions,
    /// A session that crashed.
    was_cut_short,
    /// Label of the path field.
    path,
    /// Button.
    cancel,
    /// Button.
    save,
    /// Button.
    open_it,
    /// Beside the path field, where a file is already.
    path_taken,
    /// Beside the path field.
    no_dialog,
    /// Closes a message.
    dismiss,
    /// Message.
    saved_to,
    /// Message.
    opening,
    /// Message.
    opening_cancelled,
    /// The session is live.
    live,
    /// A file is viewed.
    viewing,
    /// Button.
    bigger,
    /// Button.
    smaller,
    /// Button.
    language,
    /// Button.
    theme,
    /// Title of the empty window.
    welcome,
    /// Under the title.
    welcome_line,
    /// On the empty window.
    listen_card,
    /// On the empty window.
    connect_card,
    /// On the empty window.
    open_card_title,
    /// On the empty window.
    open_card,
    /// On the empty window.
    partner_card_title,
    /// On the empty window.
    partner_card,
    /// On the empty window.
    partner_echo_title,
    /// On the empty window.
    partner_echo,
    /// The table is empty while listening.
    waiting_for_clients,
    /// The window is closing.
    ending,
    /// Message, behind a number.
    old_sessions_went,
    /// Message, before a position.
    damaged_at,
    /// Message.
    shown_up_to,
    /// Message.
    not_a_capture,
    /// Message.
    empty_capture,
    /// Beside a stream without an opening handshake.
    open_as_websocket,
    /// Message.
    cannot_read,
    /// Message.
    cannot_save,
    /// Message.
    cannot_record,
    /// Message.
    bad_hex,
    /// Message.
    bad_base64,
    /// Message.
    bad_header,
    /// Message.
    bad_code,
    /// The first two octets of a Close.
    status_code,
    /// Behind a number of octets: they are text.
    of_utf8,
    /// What the first two octets of a Close are.
    status_code_meaning,
    /// What follows the status code of a Close.
    reason_meaning,
    /// Heads the table of fields.
    fields,
    /// Heads the payload.
    payload,
    /// Heads an HTTP head.
    head,
    /// Heads what follows a head.
    head_body,
    /// Heads the message that a fragment belongs to.
    message,
    /// Heads the CloseEvent while TCP lasts.
    as_page,
    /// Heads the CloseEvent once it is over.
    as_page_over,
    /// Heads the verdict while TCP lasts.
    so_far,
    /// Heads the verdict once it is over.
    verdict,
    /// Heads what each end reports.
    each_end_holds,
    /// The end that asked.
    client,
    /// The end that answered.
    server,
    /// An error event comes before the CloseEvent.
    error_event_first,
    /// Whose CloseEvent it is.
    chromium,
    /// Heads what libraries report in the client's place.
    other_clients,
    /// Heads the steps of the ending.
    step_by_step,
    /// The time from the first step to the last.
    in_all,
    /// Heads the advice.
    what_to_do,
    /// The library has no code, since it never was open.
    no_code,
    /// Heads the derivation of Sec-WebSocket-Accept.
    accept_derivation,
    /// First step of the derivation.
    step_concatenate,
    /// Second step.
    step_sha1,
    /// Third step.
    step_base64,
    /// The response holds what was derived.
    accept_right,
    /// The response holds something else.
    accept_wrong,
    /// The response holds none.
    accept_missing,
    /// No response came.
    accept_pending,
    /// The request holds no key.
    no_key,
    /// The payload is empty.
    no_payload,
    /// A Close without a body.
    no_status_code,
    /// A Close body of one octet.
    one_octet,
    /// A Close with a code alone.
    no_reason,
    /// A code that the registry lacks.
    unregistered,
    /// The payload is too long to be formatted.
    json_too_long,
    /// Before the field with an offset in hex.
    jump_to,
    /// Copies the payload as text.
    copy_text,
    /// Copies the payload in hex.
    copy_hex,
    /// Copies the payload in base64.
    copy_base64,
    /// Copies the head.
    copy_head,
    /// The scrollbar of a text.
    text_rows,
    /// Heads what a compressed message inflates to.
    inflated,
    /// The scrollbar of it in hex.
    inflated_rows,
    /// Goes to the last frame of a message.
    to_the_end,
    /// Checkbox: a client offers permessage-deflate.
    deflate_offer,
    /// Checkbox: a server accepts it.
    deflate_accept,
    /// A window that the other end chooses.
    deflate_any,
    /// Below: when it takes effect.
    deflate_to_come,
    /// Button of the raw frame editor.
    compress_payload,
    /// What RSV1 asks for where permessage-deflate was agreed.
    rsv1_compressed,
    /// A compressed message was taken into the raw frame editor.
    edited_inflated,
    /// The scrollbar of a hex dump.
    hex_rows,
    /// Heads the addresses of both ends.
    addresses,
    /// Tab: the raw frame editor.
    frame_tab,
    /// Tab: several actions.
    sequence,
    /// Menu.
    presets,
    /// Message.
    bad_key,
    /// Message.
    bad_length,
    /// Form of a length.
    shortest,
    /// Label.
    length_bits,
    /// Label of a length that may lie.
    announced,
    /// Label.
    payload_field,
    /// Label of the editor's payload for a screen reader.
    frame_payload,
    /// Choice.
    mask_by_role,
    /// Choice.
    mask_none,
    /// Choice.
    mask_random,
    /// Choice.
    mask_zero,
    /// Choice.
    mask_chosen,
    /// Label of a preset's name.
    sequence_name,
    /// Keeps a preset.
    keep,
    /// Forgets a preset.
    forget,
    /// Menu of a row.
    edit_again,
    /// Label.
    tcp_by,
    /// Label.
    data_first,
    /// Label.
    reading_label,
    /// Choice.
    reads,
    /// Choice.
    reads_not,
    /// Behaviour of every connection.
    for_all,
    /// Tooltip of ending one connection.
    end_one_hint,
    /// Tab: the rows as a table.
    table,
    /// Tab: the rows as a ladder.
    ladder,
    /// Button: the whole ladder on the screen.
    ladder_fit,
    /// Button: the ladder as text.
    ladder_copy,
    /// Button: the ladder as a picture.
    ladder_svg,
    /// Button.
    ladder_zoom_in,
    /// Button.
    ladder_zoom_out,
    /// The scrollbar of the ladder.
    ladder_rungs,
    /// Why this connection is shown.
    ladder_chosen,
    /// Why this connection is shown.
    ladder_of_row,
    /// Why this connection is shown.
    ladder_newest,
    /// Instead of rungs.
    ladder_all_hidden,
    /// Behind the name of an end: it is ours.
    this_end,
    /// Behind the name of an end: its states are not known.
    inferred,
    /// Legend: a hatched band.
    states_inferred,
    /// Legend: a full band.
    states_known,
    /// Legend: a band of half width.
    half_band,
    /// Behind a number: data frames that are folded.
    data_frames,
    /// Mark of a Close.
    answer_or_crossing,
    /// Mark of a Close between strangers.
    answer_or_crossing_capture,
    /// Mark of a Close.
    crosses,
    /// Mark of an arrow.
    no_answer_yet,
    /// Mark of an arrow.
    never_answered,
    /// Mark of a FIN.
    client_may_send,
    /// Mark of a FIN.
    server_may_send,
    /// The bottom of a ladder whose TCP has not ended.
    observation_ended,
    /// What a click on an unfolded run does.
    fold,
    /// What a click on a fold does.
    unfold,
    /// Unfolds what is asked for rarely.
    more_behaviour,
    /// The partner's connection has ended.
    partner_left,
    /// Message.
    no_orders,
    /// Choice: messages.
    messages_to_all,
    /// Label of the filter's field.
    filter,
    /// What the empty filter shows.
    filter_hint,
    /// The list of what may be typed next.
    filter_offers,
    /// Empties the filter.
    filter_clear,
    /// Switch: the filter hides no row.
    find_only,
    /// Tooltip.
    find_only_hint,
    /// Button.
    previous_match,
    /// Button.
    next_match,
    /// Menu of filters.
    filters,
    /// Caption.
    filters_kept,
    /// Caption.
    filters_recent,
    /// Label.
    filter_name,
    /// Button: keeps the filter under a name.
    filter_keep,
    /// Button: forgets a filter.
    filter_forget,
    /// Heads the help.
    filter_help,
    /// Caption.
    filter_examples,
    /// Caption.
    filter_fields,
    /// Between two numbers.
    found_of,
    /// Chip.
    data_only,
    /// Chip.
    endings_only,
    /// The server's certificate is in order.
    tls_verified,
    /// The server's certificate was refused.
    tls_refused,
    /// Any certificate was accepted.
    tls_unverified,
    /// FIN behind a close_notify.
    tls_notified,
    /// FIN without a close_notify.
    tls_abrupt,
    /// The TLS handshake goes on.
    tls_handshake,
    /// Choice: no TLS.
    tls_none,
    /// Choice: a certificate made in memory.
    tls_self_signed,
    /// Choice: a certificate from files.
    tls_files,
    /// Label.
    certificate_file,
    /// Label.
    key_file,
    /// Label.
    ca_file,
    /// Label.
    client_certificate_file,
    /// Label.
    client_key_file,
    /// Label.
    server_name,
    /// Choice.
    accept_any,
    /// Warns.
    accept_any_warning,
    /// What is wrong.
    tls_pair,
    /// Opens the file dialog.
    browse,
    /// Label.
    fingerprint,
    /// Copies the certificate.
    copy_pem,
    /// Saves the certificate.
    save_pem,
    /// Button: FIN without close_notify.
    fin_abrupt,
    /// Says what the button does.
    fin_abrupt_hint,
    /// Label.
    tls_version,
    /// Label.
    cipher_suite,
    /// Label.
    alpn,
    /// Label.
    sni,
    /// Heads the chain.
    certificate_chain,
    /// Label.
    subject,
    /// Label.
    issuer,
    /// Label.
    names,
    /// Label.
    valid,
    /// A client certificate was given.
    client_certificate_shown,
    /// Heads the options of TLS.
    tls_caption,
    /// Names the editor of a note, and its sign.
    note,
    /// Choice: whose note.
    note_of_row,
    /// In the empty editor.
    note_hint,
    /// Switch, and its sign.
    bookmark,
    /// Button.
    next_bookmark,
    /// Button.
    previous_bookmark,
    /// Label.
    session_name,
    /// Hint.
    rename_session,
    /// Beside the name of a session.
    notes_not_saved,
    /// Heads a question.
    unsaved_notes,
    /// The question.
    unsaved_notes_question,
    /// Button.
    discard_notes,
    /// Tab: the figures.
    statistics,
    /// Button.
    copy_figures,
    /// Before a number.
    counting,
    /// In place of figures.
    no_frames,
    /// Column: of both ends.
    both_ends,
    /// Row of figures.
    octets,
    /// Heads a plot.
    frames_a_second,
    /// Heads a plot.
    octets_a_second,
    /// Heads a plot.
    payload_sizes,
    /// Heads a plot.
    opcodes,
    /// Heads a plot.
    round_trips,
    /// In place of a plot.
    no_round_trips,
    /// Before the name of an end.
    asked_by,
    /// Row of figures.
    least,
    /// Row of figures.
    median,
    /// Row of figures.
    mean,
    /// Row of figures.
    greatest,
    /// Row of figures.
    payload_octets,
    /// Row of figures.
    compression_ratio,
    /// Axis.
    time_axis,
    /// Menu, and before a number.
    lesson,
    /// Menu: captures with questions.
    gallery,
    /// Card of the start page.
    lessons_card_title,
    /// Card of the start page.
    lessons_card,
    /// Card of the start page.
    gallery_card,
    /// Button.
    end_lesson,
    /// Before a number.
    step,
    /// Before a number.
    steps_in_all,
    /// Button.
    next_step,
    /// Button.
    next_lesson,
    /// Button.
    back_to_start,
    /// Button.
    run_to_end,
    /// Before the name of a key.
    key,
    /// Heads what must be seen.
    on_the_wire,
    /// What must be seen: it was.
    seen,
    /// What must be seen: it is waited for.
    waiting_for,
    /// What must be seen: something else came.
    not_seen,
    /// What must be seen: it comes later.
    not_yet,
    /// Heads a question.
    question,
    /// A choice was right.
    right_answer,
    /// A choice was wrong.
    wrong_answer,
    /// Button.
    show_answer,
    /// Heads what went wrong.
    solution,
    /// Button.
    previous_ending,
    /// Button.
    next_ending,
    /// Before a choice.
    other_end,
    /// Choice.
    other_end_browser,
    /// Button.
    open_in_browser,
    /// Before the first step.
    begin_hint,
    /// After the last step.
    lesson_over,
    /// In place of the verdict.
    verdict_hidden,
    /// Heads the table of keys.
    keys,
    /// Closes an overlay.
    put_away,
    /// Begins to present.
    present,
    /// Ends presenting.
    present_end,
    /// In place of a ladder.
    present_nothing,
    /// Heads the ways to end a connection.
    ending_caption,
    /// The name of a pane.
    pane_top,
    /// The name of a pane.
    pane_rows,
    /// The name of a pane.
    pane_detail,
    /// The name of a pane.
    pane_compose,
    /// The name of a pane.
    pane_close,
    /// Begins a replay.
    replay,
    /// Button.
    replay_start,
    /// Button.
    replay_back,
    /// Button.
    replay_forward,
    /// Button.
    replay_end,
    /// Button.
    replay_play,
    /// Button.
    replay_pause,
    /// Label.
    replay_pace,
    /// Button.
    replay_leave,
    /// Label of the slider.
    replay_position,
    /// Before the opening handshake is over.
    not_open_yet,
    /// Button: starts the system's browser.
    open_browser,
    /// Before a URL: no browser could be started.
    no_browser,
    /// Button.
    copy_address,
    /// A switch.
    listen_on_network,
    /// What the switch does.
    listen_on_network_hint,
    /// The switch is on.
    network_warning,
    /// The switch is off.
    only_this_machine,
    /// Before the system's words.
    no_addresses,
    /// No address for others.
    in_no_network,
    /// Heads addresses to choose from.
    further_addresses,
    /// Button: address and code.
    invite,
    /// Heads address and code.
    invite_title,
    /// Heads lines of code.
    code_caption,
    /// In place of the code.
    code_no_url,
    /// Button.
    copy_code,
    /// Comment, before header names.
    code_no_headers,
    /// Comment about a self-signed certificate.
    code_trust_first,
    /// Comment.
    code_any_certificate,
    /// Comment about websocat.
    code_each_line,
    /// Heads the CloseEvent of a page beside the prediction.
    predicted_and_observed,
    /// Heads a column.
    predicted,
    /// Heads a column.
    observed,
    /// A page of ours has not told its CloseEvent.
    page_is_silent,
    /// An error event was fired.
    error_came,
    /// No error event was fired.
    error_none,
    /// Button; {} is a number.
    close_all,
    /// A field.
    find_connection,
    /// Before a wss:// address.
    connect_there,
}
