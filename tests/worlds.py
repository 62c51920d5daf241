# ruff: noqa: E501 - the rows of the files are as long as they are
"""Small test worlds as text: cause and effect on one screen."""

from __future__ import annotations

from collections.abc import Mapping

from datecertain.network import Network

#: Three posts, one or two offices each, four weeks, one holiday, a clock change in New York.
SMALL: Mapping[str, str] = {
    "network.toml": """
        name = "small"
        title = "A small world"
        first_day = 2026-10-19
        last_day = 2026-12-13
        illustrative_resumption = true
    """,
    "posts.csv": """
        post,operator,name_en,name_ko,country,currency,zone,postcode_form,postcode_key,joined_on,left_on,source
        KR,KRA,Korea Post,우정사업본부,KR,KRW,Asia/Seoul,[0-9]{5},5,2002-06-01,,test
        JP,JPA,Japan Post,일본우편,JP,JPY,Asia/Tokyo,[0-9]{7},7,2002-06-01,,test
        US,USA,USPS,미국우정청,US,USD,America/New_York,[0-9]{5},5,2002-06-01,,test
    """,
    "airports.csv": """
        airport,zone,connection_min,source
        ICN,Asia/Seoul,120,test
        NRT,Asia/Tokyo,120,test
        JFK,America/New_York,180,test
        LAX,America/Los_Angeles,180,test
    """,
    "offices.csv": """
        office,post,name,airport,zone,direction,closing,presentation,customs,forwarding,tender_min,recovery_min,valid_from,valid_to,source
        KRSELB,KR,Seoul,ICN,Asia/Seoul,both,close,present,customs,forward,180,120,,,test
        JPKWSA,JP,Kawasaki,NRT,Asia/Tokyo,both,close,present,customs,forward,180,150,,,test
        USJFKA,US,New York,JFK,America/New_York,both,close,present,customs,forward,180,180,,,test
        USLAXA,US,Los Angeles,LAX,America/Los_Angeles,both,close,present,customs,forward,180,180,,,test
    """,
    "areas.csv": """
        area,post,name_en,name_ko,zone,delivery,guarantee,reason,valid_from,valid_to,source
        KR-SEL,KR,Seoul,서울,Asia/Seoul,deliver.KR,yes,,,,test
        KR-ULL,KR,Ulleung,울릉,Asia/Seoul,deliver.KR,no,island,,,test
        JP-TYO,JP,Tokyo,도쿄,Asia/Tokyo,deliver.JP,yes,,,,test
        US-NYC,US,New York,뉴욕,America/New_York,deliver.US,yes,,,,test
        US-CAL,US,California,캘리포니아,America/Los_Angeles,deliver.US,yes,,,,test
    """,
    "area_links.csv": """
        area,office,direction,schedule,valid_from,valid_to,source
        KR-SEL,KRSELB,export,export.KR,,,test
        KR-SEL,KRSELB,import,inland.near,,,test
        KR-ULL,KRSELB,export,export.KR,,,test
        KR-ULL,KRSELB,import,inland.far,,,test
        JP-TYO,JPKWSA,export,export.JP,,,test
        JP-TYO,JPKWSA,import,inland.near,,,test
        US-NYC,USJFKA,export,export.US,,,test
        US-NYC,USJFKA,import,inland.near,,,test
        US-NYC,USLAXA,import,inland.far,,,test
        US-CAL,USLAXA,export,export.US,,,test
        US-CAL,USLAXA,import,inland.near,,,test
        US-CAL,USJFKA,import,inland.far,,,test
    """,
    "postcodes.csv": """
        post,first,last,area,reason,source
        KR,00000,62999,KR-SEL,,test
        KR,40200,40240,KR-ULL,,test
        JP,0000000,9999999,JP-TYO,,test
        US,00500,14999,US-NYC,,test
        US,09000,09899,,military,test
        US,90000,96199,US-CAL,,test
    """,
    "schedules.csv": """
        schedule,days,calendar,by,at,plus_days,counting,valid_from,valid_to,source
        export.KR,12345,KR,17:00,20:30,0,days,,,test
        export.KR,12345,KR,09:00,12:30,0,days,,,test
        export.JP,1234567,,16:00,21:00,0,days,,,test
        export.US,12345,US,15:00,20:00,0,days,,,test
        close,1234567,,04:00,06:00,0,days,,,test
        close,1234567,,13:00,15:00,0,days,,,test
        close,1234567,,21:00,23:00,0,days,,,test
        present,1234567,,05:00,07:00,0,days,,,test
        present,1234567,,15:00,16:00,0,days,,,test
        present,1234567,,22:00,23:30,0,days,,,test
        customs,123456,,08:00,11:00,0,days,,,test
        customs,123456,,16:30,19:00,0,days,,,test
        forward,1234567,,12:00,13:00,0,days,,,test
        forward,1234567,,20:00,22:00,0,days,,,test
        inland.near,1234567,,14:00,06:00,1,days,,,test
        inland.near,1234567,,23:00,07:00,1,days,,,test
        inland.far,1234567,,23:00,05:00,2,days,,,test
        deliver.KR,12345,KR,08:00,18:00,0,days,,,test
        deliver.JP,1234567,,08:00,20:00,0,days,,,test
        deliver.US,123456,US,08:30,17:00,0,days,,,test
        agency.KR,12345,KR,15:00,16:30,0,days,,,test
        agency.ULL,135,KR,10:00,13:00,1,open,,,test
        contract.KR,12345,KR,18:00,18:30,0,days,,,test
    """,
    "calendars.csv": """
        calendar,name,includes,source
        KR,Korea Post,,test
        US,USPS,,test
    """,
    "holidays.csv": """
        calendar,date,kind,name_en,name_local,known_from,source
        KR,2026-11-05,closed,Test holiday,시험 공휴일,2026-01-01,test
        US,2026-11-11,closed,Veterans Day,Veterans Day,2026-01-01,test
        US,2026-11-26,closed,Thanksgiving Day,Thanksgiving Day,2026-01-01,test
    """,
    "flights.csv": """
        flight,from,to,days,departs,arrives,plus_days,valid_from,valid_to,known_from,source
        XA101,ICN,NRT,1234567,09:30,12:00,0,,,2026-01-01,test
        XA103,ICN,NRT,12345,18:30,21:00,0,,,2026-01-01,test
        XB201,NRT,ICN,1234567,10:00,12:40,0,,,2026-01-01,test
        XA201,ICN,JFK,135,10:00,10:50,0,2026-10-01,2026-10-31,2026-01-01,test
        XA201,ICN,JFK,135,10:00,09:50,0,2026-11-01,,2026-01-01,test
        XA203,ICN,LAX,1234567,20:00,15:30,0,2026-10-01,2026-10-31,2026-01-01,test
        XA203,ICN,LAX,1234567,20:00,14:30,0,2026-11-01,,2026-01-01,test
        XC301,JFK,NRT,246,13:00,17:00,1,,,2026-01-01,test
        XC305,LAX,ICN,1234567,11:00,17:30,1,,,2026-01-01,test
        XC307,NRT,JFK,357,18:00,16:45,0,,,2026-01-01,test
    """,
    "lanes.csv": """
        origin,destination,event,on,note_en,note_ko,source
        *,*,opened,2005-05-16,,,test
        US,JP,suspended,2026-11-16,Test suspension,시험 중지,test
        US,JP,resumed,2026-11-23,,,illustrative: test
    """,
    "lane_terms.csv": """
        origin,destination,buffer_days,valid_from,valid_to,source
        JP,US,1,,,test
    """,
    "terms.csv": """
        scope,origin,destination,term,value,valid_from,valid_to,source
        sender,*,*,attempt_stops,yes,,,test
        sender,*,*,pickup_stops,yes,,,test
        sender,*,*,customs,step,,,test
        sender,*,*,tolerance_days,0,,,test
        sender,US,*,customs,subtract,,,test
        sender,*,*,refund_percent,100,,,test
        sender,*,*,refund_remedy,money,,,test
        sender,*,*,claim_window_days,30,,,test
        sender,*,*,claim_window_from,posting,,,test
        sender,*,*,claim_window_counts,days,,,test
        sender,*,*,label_expires_days,7,,,test
        relation,*,*,attempt_stops,yes,,,test
        relation,*,*,pickup_stops,yes,,,test
        relation,*,*,customs,step,,,test
        relation,*,*,tolerance_days,0,,,test
        relation,*,*,clock_stop_closing,either,,,test
        relation,*,*,retention_reasons,19 20 54 57,,,test
        relation,*,*,attempt_reasons,1 2 3,,,test
        relation,*,*,unresolved_after_days,10,,,test
        relation,*,*,lost_after_days,21,,,test
        relation,*,*,case_notice_hours,24,,,test
        relation,*,*,case_late_notice,from_notice,,,test
        relation,*,*,case_kinds,event strike closure,,,test
        relation,*,*,case_kinds_after_acceptance,event strike closure,,,test
        relation,*,*,case_counts_when,uncontested,,,test
        relation,*,*,case_stale_hours,72,,,test
        relation,*,*,watch_report_hours,24,,,test
        relation,*,*,watch_slack_percent,50,,,test
        relation,*,*,watch_chance_percent,80,,,test
        relation,*,*,lane_lead_days,5,,,test
        sender,*,*,case_late_notice,from_notice,,,test
        sender,*,*,case_kinds,event strike closure,,,test
        sender,*,*,case_kinds_after_acceptance,event strike closure,,,test
        sender,*,*,case_counts_when,uncontested,,,test
        relation,*,*,inquiry_desk,12345 09:00-18:00 *,,,test
        relation,*,*,inquiry_open_hours,3,,,test
        relation,*,*,inquiry_reply_days,5,,,test
        relation,*,*,inquiry_escalate_days,3,,,test
        relation,*,*,inquiry_levels,2,,,test
        relation,*,*,inquiry_close_days,15,,,test
        relation,*,*,inquiry_on_time_percent,98,,,test
        relation,*,*,inquiry_first_level_percent,70,,,test
        relation,*,*,inquiry_closed_percent,90,,,test
    """,
    "exclusions.csv": """
        scope,origin,destination,exclusion,mode,evidence,valid_from,valid_to,source
    """,
    "products.csv": """
        post,product,name_en,name_ko,guaranteed,max_weight_g,valid_from,valid_to,source
        KR,EMS,EMS,국제특급우편,yes,30000,,,test
        JP,EMS,EMS,국제특급우편,yes,30000,,,test
        US,EMS,EMS,국제특급우편,yes,31500,,,test
        KR,EMS-PREMIUM,EMS Premium,EMS 프리미엄,no,,,,test
    """,
    "channels.csv": """
        post,area,channel,schedule,borne_by,valid_from,valid_to,source
        KR,*,counter,,post,,,test
        KR,*,agency,agency.KR,post,,,test
        KR,KR-ULL,agency,agency.ULL,post,,,test
        KR,*,contract,contract.KR,sender,,,test
    """,
    "conditions.csv": """
        condition,kind,origin,destination,from_area,to_area,product,contents,address,over_g,over_usdr,days,known_from,text_en,text_ko,valid_from,valid_to,source
        po-box,no_guarantee,KR,*,,,,,po_box,,,,,No post boxes.,사서함 제외,,,test
    """,
    "standards.csv": """
        origin,destination,from_area,to_area,product,days,day_zero,counts,valid_from,valid_to,source
    """,
    "closures.csv": """
        office,direction,closed_from,closed_to,known_from,text_en,text_ko,source
    """,
    "relations.csv": """
        first,second,settles,valid_from,valid_to,source
        *,*,yes,,,test
    """,
    "rates.csv": """
        on,currency,per_sdr,source
        2026-10-01,KRW,1930.5,test
        2026-10-01,JPY,210.25,test
        2026-10-01,USD,1.36,test
    """,
}


def texts(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """The small world's files, whole files replaced by `changes`, without the indentation."""
    merged = {**SMALL, **(changes or {})}
    return {
        name: "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"
        for name, text in merged.items()
    }


def with_rows(file: str, *rows: str) -> dict[str, str]:
    """The small world with rows added to one file."""
    return texts({file: SMALL[file].rstrip() + "\n" + "\n".join(rows) + "\n"})


def with_tables(more: Mapping[str, str]) -> dict[str, str]:
    """The small world with rows added to several files."""
    return texts({file: SMALL[file].rstrip() + "\n" + rows for file, rows in more.items()})


def small_network() -> Network:
    """The small world, loaded and checked."""
    return Network.from_texts(texts(), "the small world")
